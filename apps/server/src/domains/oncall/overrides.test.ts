import { describe, expect, test } from 'vitest';
import { endOverride, overrideFaults, planOverride } from './overrides.ts';
import { at, override } from './testkit.ts';

const now = at('2026-01-05T10:00Z');
const request = { userId: 'cy', replacesUserId: null, startsAt: null, endsAt: at('2026-01-05T18:00Z') };
const moment = { id: 'cover', now, newestCreatedAt: null };

describe('planning an override', () => {
  test.each([
    ['no start means now', null, '2026-01-05T10:00:00Z'],
    ['a past start means now: what was stays', '2026-01-05T08:00Z', '2026-01-05T10:00:00Z'],
    ['a later start is kept', '2026-01-05T12:00Z', '2026-01-05T12:00:00Z'],
  ])('%s', (_rule, start, expected) => {
    const planned = planOverride({ ...request, startsAt: start === null ? null : at(start) }, moment);
    expect(String(planned.startsAt)).toBe(expected);
  });

  test.each([
    ['is made now', '2026-01-05T09:00Z', '2026-01-05T10:00:00Z'],
    ['is made after one of the same instant', '2026-01-05T10:00Z', '2026-01-05T10:00:00.000001Z'],
    ['is made after one of a process whose clock ran ahead', '2026-01-05T10:00:01Z', '2026-01-05T10:00:01.000001Z'],
  ])('%s', (_rule, newest, expected) => {
    expect(String(planOverride(request, { ...moment, newestCreatedAt: at(newest) }).createdAt)).toBe(expected);
  });

  test.each([
    ['that ended already', { endsAt: at('2026-01-05T09:00Z') }, ['endsAt']],
    ['that ends now', { endsAt: now }, ['endsAt']],
    ['that replaces somebody by the same person', { replacesUserId: 'cy' }, ['replacesUserId']],
    ['beyond the years that are calculated', { endsAt: at('2300-01-01T00:00Z') }, ['endsAt']],
    ['that is sound', {}, []],
  ])('one %s has these faults', (_what, change, paths) => {
    const planned = planOverride({ ...request, ...change }, moment);
    expect(overrideFaults(planned).map(({ path }) => path)).toEqual(paths);
  });
});

describe('deleting an override', () => {
  test.each([
    ['before it begins removes it', '2026-01-05T11:59Z', 'removed not-begun'],
    ['at its start removes it: it never ran', '2026-01-05T12:00Z', 'removed not-begun'],
    ['while it runs ends it now', '2026-01-05T12:00:00.000001Z', 'ended running 2026-01-05T12:00:00.000001Z'],
    ['at its end changes nothing', '2026-01-05T18:00Z', 'unchanged already-ended'],
  ])('%s', (_rule, moment, expected) => {
    const end = endOverride(override(), at(moment));
    expect([end.outcome, end.reason, ...(end.outcome === 'ended' ? [end.endsAt] : [])].join(' ')).toBe(expected);
  });
});
