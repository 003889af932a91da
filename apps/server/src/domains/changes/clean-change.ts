import { hash } from 'node:crypto';
import { storable } from '#alerts';
import type { Change, ChangeLink, ToldChange } from './model.ts';

const LONGEST_SUMMARY = 1_024;
const LONGEST_NAME = 200;
const LONGEST_DETAIL = 2_048;
const LONGEST_URL = 2_048;
const MOST_LINKS = 20;
const MOST_DETAILS = 40;
/** 2000-01-01: an earlier time is a sender's unset clock. */
const EARLIEST_MS = 946_684_800_000;

/**
 * Bounds what a sender told: human text, so what is too long is cut and never refused. A time that is unreadable, before
 * 2000 or still to come counts as now: a change cannot have caused anything before it was heard of.
 */
export function cleanChange(told: ToldChange, nowMs: number): Change {
  const moment = (ms: number | null | undefined) =>
    ms !== null && ms !== undefined && ms >= EARLIEST_MS && ms <= nowMs ? Math.trunc(ms) : nowMs;
  return {
    sourceHash: hash('sha256', storable(told.sourceId), 'buffer'),
    kind: told.kind,
    summary: short(told.summary, LONGEST_SUMMARY) ?? told.kind,
    service: short(told.service),
    environment: short(told.environment),
    author: short(told.author),
    deployId: short(told.deployId),
    revision: short(told.revision),
    status: short(told.status),
    links: (told.links ?? []).flatMap(cleanLink).slice(0, MOST_LINKS),
    details: cleanDetails(told.details ?? {}),
    atMs: moment(told.atMs),
    statusAtMs: moment(told.statusAtMs),
  };
}

/** Kept only when it is http(s): anything else could run as script where it is shown. */
function cleanLink({ href, text }: ChangeLink): readonly ChangeLink[] {
  const isWeb = href.length <= LONGEST_URL && /^https?:\/\//i.test(href);
  return isWeb ? [{ href: storable(href), text: short(text) }] : [];
}

function cleanDetails(details: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const clean: Record<string, string> = Object.create(null);
  for (const name of Object.keys(details).slice(0, MOST_DETAILS)) {
    const value = short(details[name], LONGEST_DETAIL);
    const key = short(name);
    if (value !== null && key !== null) clean[key] = value;
  }
  return clean;
}

/** Text that can be stored, on one line's length; null when nothing is left. */
function short(text: string | null | undefined, most: number = LONGEST_NAME): string | null {
  const clean = storable((text ?? '').trim().slice(0, most));
  return clean === '' ? null : clean;
}
