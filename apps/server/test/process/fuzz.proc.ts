import { describe, expect, inject, it } from 'vitest';
import { fuzz } from '../fuzz/fuzz.ts';

/** Counted in requests and not by the clock, so that a busy machine tries the same. `npm run fuzz` takes its time. */
describe('bad input on every door', () => {
  it.each([20_261_121, 4])('is answered in the protocol’s form, and nothing breaks (seed %i)', async (seed) => {
    const report = await fuzz({
      server: inject('testServer'),
      names: [],
      seed,
      requests: 8,
      step: 211,
      quick: true,
      say: () => {},
    });
    const { findings, errors, violations, untried } = report;
    expect({ findings, errors, violations, untried }).toEqual({
      findings: [],
      errors: [],
      violations: [],
      untried: [],
    });
    // Nobody would notice a door that refuses all of it, or takes it: most of these are bad, and many are not.
    expect(report.answers[400]).toBeGreaterThan(300);
    expect((report.answers[200] ?? 0) + (report.answers[202] ?? 0)).toBeGreaterThan(300);
  });
});
