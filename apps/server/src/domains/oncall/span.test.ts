import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rotation } from './model.ts';
import { shiftsBetween } from './shifts.ts';
import { mostPieces, sizeFaults, spanFaults } from './span.ts';
import { annAndBo, at, layer, override, schedule } from './testkit.ts';

const from = at('2026-03-01T00:00Z');

describe('the asked time', () => {
  test.each([
    ['a year with a leap day', '2026-03-01T00:00Z', '2027-03-02T00:00Z', []],
    ['more than 366 days', '2026-03-01T00:00Z', '2027-03-02T00:00:01Z', ['query.to']],
    ['nothing', '2026-03-01T00:00Z', '2026-03-01T00:00Z', ['query.to']],
    ['backwards', '2026-03-01T00:00Z', '2026-02-01T00:00Z', ['query.to']],
    ['before the years that are calculated', '1969-12-31T23:00Z', '1970-01-02T00:00Z', ['query.from']],
    ['after them', '2199-12-31T00:00Z', '2200-01-02T00:00Z', ['query.to']],
  ])('%s has these faults', (_what, start, end, paths) => {
    expect(spanFaults({ from: at(start), to: at(end) }, 'query.').map(({ path }) => path)).toEqual(paths);
  });

  test('a year of ordinary layers is answered, one of twenty hourly layers is not', () => {
    const span = { from, to: at('2027-03-01T00:00Z') };
    const hourly: Rotation = { ...annAndBo.rotation, unit: 'hours' };
    const many = Array.from({ length: 20 }, (_, position) => layer({ id: `l${position}`, position, rotation: hourly }));
    const workdays = layer({ restrictions: [{ kind: 'daily', from: '08:00', to: '18:00' }] });
    expect(sizeFaults(schedule({ layers: [annAndBo, workdays] }), span, '')).toEqual([]);
    expect(sizeFaults(schedule({ layers: many }), span, '').map(({ path }) => path)).toEqual(['to']);
  });

  test('no line has more pieces than its bound', () => {
    const time = fc.constantFrom('00:00', '02:30', '09:00', '17:15');
    const restriction = fc
      .record({ kind: fc.constant('daily' as const), from: time, to: time })
      .filter((hours) => hours.from !== hours.to);
    const rotation = fc.record({
      unit: fc.constantFrom('hours' as const, 'days' as const),
      length: fc.integer({ min: 1, max: 40 }),
      handoffTime: time,
      anchorDate: fc.constant('2026-03-20'),
      members: fc.constantFrom(['ann', 'bo'], ['ann', null], ['ann', 'bo', null]),
    });
    const layers = fc
      .array(fc.record({ rotation, restrictions: fc.array(restriction, { maxLength: 3 }) }), { maxLength: 3 })
      .map((parts) => parts.map((part, position) => layer({ id: `l${position}`, position, ...part })));
    fc.assert(
      fc.property(layers, fc.integer({ min: 1, max: 60 }), fc.boolean(), (some, days, covered) => {
        const one = schedule({ zone: 'Europe/Berlin', layers: some, overrides: covered ? [override()] : [] });
        const span = { from, to: from.add({ hours: 24 * days }) };
        const { shifts, gaps } = shiftsBetween(one, span.from, span.to);
        expect(shifts.length + gaps.length).toBeLessThanOrEqual(mostPieces(one, span));
      }),
    );
  });
});
