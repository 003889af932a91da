import type { ToldChange } from '#changes';
import { parseRfc3339 } from '#platform/clock';
import { isObject } from '../json-object.ts';
import { type Faults, type Fields, readDetails, readLinks, readText } from './pagerduty-fields.ts';

/** A change event as change, or all that is wrong with it. */
export type ReadChange =
  | { readonly ok: true; readonly change: ToldChange }
  | { readonly ok: false; readonly faults: readonly string[] };

const LONGEST_SUMMARY = 1_024;

/**
 * Reads a change event. It has no id of its own, so its content counts as one: what is sent again is the same change.
 * Without a timestamp that holds for the minute only, since the same deploy may be made again the next day.
 */
export function readChange(event: Fields, nowMs: number): ReadChange {
  const faults: Faults = [];
  const payload = Object.hasOwn(event, 'payload') ? event['payload'] : undefined;
  if (!isObject(payload)) return { ok: false, faults: ["'payload' is missing or not an object"] };
  const under = 'payload.';
  const summary = readText(payload, 'summary', faults, { under, required: true, longest: LONGEST_SUMMARY });
  const source = readText(payload, 'source', faults, { under });
  const timestamp = readText(payload, 'timestamp', faults, { under });
  if (summary === null || faults.length > 0) return { ok: false, faults };
  const details = readDetails(payload['custom_details']);
  const when = timestamp ?? Math.floor(nowMs / 60_000);
  const detail = (...names: readonly string[]) =>
    names.map((name) => details[name]).find((value) => value !== undefined) ?? null;
  return {
    ok: true,
    change: {
      sourceId: JSON.stringify(['pagerduty', summary, source, when, details]),
      kind: 'other',
      summary,
      service: detail('service'),
      environment: detail('environment', 'env'),
      author: detail('author', 'user', 'deployer'),
      deployId: detail('deploy_id', 'deployment_id', 'build_number'),
      revision: detail('revision', 'commit', 'sha'),
      status: detail('build_state', 'status'),
      links: readLinks(event['links'], 'href', 'text'),
      details: source === null ? details : { source, ...details },
      atMs: timestamp === null ? null : momentOf(timestamp),
    },
  };
}

/** PagerDuty's own examples write the zone without a colon: `+0000`. */
function momentOf(timestamp: string): number {
  return parseRfc3339(timestamp.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
}
