import { withCatalog } from '#routing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Silence } from './model.ts';
import {
  compileSilences,
  decideSilenceEdit,
  expireSilence,
  mutedBySilences,
  silenceState,
  validateSilence,
} from './silence.ts';

const at = (text: string) => Temporal.Instant.from(`2026-11-21T${text}Z`);
const NOW = at('12:00:00');

const silence = (changes: Partial<Silence> = {}): Silence => ({
  id: 's1',
  matchers: [{ name: 'job', op: '=', value: 'db' }],
  startsAt: at('11:00:00'),
  endsAt: at('13:00:00'),
  createdBy: 'ann',
  comment: 'swapping the disk',
  integrationId: null,
  ...changes,
});

const mutedBy = (silences: readonly Silence[], labels: Record<string, string>, integrationId: string | null = null) =>
  mutedBySilences(compileSilences(silences).silences, withCatalog(labels), integrationId, NOW).map(({ id }) => id);

test.each([
  ['10:59:59.999999', 'pending'],
  ['11:00:00', 'active'],
  ['12:59:59.999999', 'active'],
  ['13:00:00', 'expired'],
] as const)('from 11:00 to 13:00: at %s it is %s', (time, state) => {
  expect(silenceState(silence(), at(time))).toBe(state);
});

describe('which silences mute an alert', () => {
  test('only active ones whose matchers all accept, the one that ends last first', () => {
    const silences = [
      silence({ id: 'now' }),
      silence({ id: 'longer', endsAt: at('14:00:00') }),
      silence({ id: 'later', startsAt: at('12:00:01') }),
      silence({ id: 'over', endsAt: NOW }),
      silence({
        id: 'narrow',
        matchers: [
          { name: 'job', op: '=', value: 'db' },
          { name: 'node', op: '=~', value: 'h[12]' },
        ],
      }),
      silence({ id: 'loose', matchers: [{ name: 'job', op: '!=', value: 'web' }] }),
    ];
    expect(mutedBy(silences, { job: 'db' })).toEqual(['longer', 'loose', 'now']);
    expect(mutedBy(silences, { job: 'db', node: 'h2' })).toEqual(['longer', 'loose', 'narrow', 'now']);
    expect(mutedBy(silences, { job: 'web' })).toEqual([]);
  });

  test('one made through a key mutes only alerts of its integration', () => {
    const silences = [silence({ integrationId: 'i1' })];
    expect(mutedBy(silences, { job: 'db' }, 'i1')).toEqual(['s1']);
    expect(mutedBy(silences, { job: 'db' }, 'i2')).toEqual([]);
    expect(mutedBy(silences, { job: 'db' }, null)).toEqual([]);
  });

  test('a label that a sender calls like one of the catalogue is not read for it', () => {
    const silences = [silence({ matchers: [{ name: 'catalog.team', op: '=', value: 'ops' }] })];
    expect(mutedBy(silences, { 'catalog.team': 'ops' })).toEqual([]);
    const view = withCatalog({}, { service: { key: 'shop', teamKey: 'ops', tier: 1 } });
    expect(mutedBySilences(compileSilences(silences).silences, view, null, NOW)).toHaveLength(1);
  });

  test('says why in a sentence', () => {
    const [mute] = mutedBySilences(compileSilences([silence()]).silences, withCatalog({ job: 'db' }), null, NOW);
    expect(mute).toEqual({
      kind: 'silence',
      id: 's1',
      reason: 'Silenced by ann until 2026-11-21 13:00 UTC: swapping the disk',
      endsAt: at('13:00:00'),
    });
  });

  test('one that cannot be used is named and mutes nothing', () => {
    const broken = [silence({ id: 'b', matchers: [{ name: 'job', op: '=~', value: '(' }] }), silence({ matchers: [] })];
    const { faults } = compileSilences(broken);
    expect(faults.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['silence b', 'silence s1']);
    expect(mutedBy(broken, { job: 'db' })).toEqual([]);
  });

  test('the index finds what asking every silence finds', () => {
    const name = fc.constantFrom('a', 'b', 'constructor', '__proto__');
    const value = fc.constantFrom('', 'x', 'y');
    const matcher = fc.record({ name, op: fc.constantFrom('=', '!=', '=~', '!~'), value }) as fc.Arbitrary<
      Silence['matchers'][number]
    >;
    const silences = fc
      .array(fc.array(matcher, { minLength: 1, maxLength: 3 }), { maxLength: 8 })
      .map((sets) => sets.map((matchers, i) => silence({ id: `s${i}`, matchers })));
    const labels = fc
      .array(
        fc.tuple(
          name,
          value.filter((text) => text !== ''),
        ),
      )
      .map((pairs) => {
        const map: Record<string, string> = Object.create(null);
        for (const [key, text] of pairs) map[key] = text;
        return map;
      });
    fc.assert(
      fc.property(silences, labels, (all, map) => {
        const one = all.filter((each) => mutedBy([each], map).length > 0).map(({ id }) => id);
        const plain = all.filter(({ matchers }) =>
          matchers.every(({ name: label, op, value: text }) => ((map[label] ?? '') === text) === !op.startsWith('!')),
        );
        expect(one).toEqual(plain.map(({ id }) => id));
        expect(mutedBy(all, map)).toEqual(one);
      }),
    );
  });
});

describe('a new silence', () => {
  const paths = (changes: Partial<Silence>) => validateSilence(silence(changes), NOW).map(({ path }) => path);
  test.each<[string, Partial<Silence>, readonly string[]]>([
    ['is taken', {}, []],
    ['may have begun', { startsAt: at('01:00:00') }, []],
    ['needs matchers', { matchers: [] }, ['matchers']],
    ['may not accept what lacks the label', { matchers: [{ name: 'a', op: '=~', value: 'x*' }] }, ['matchers']],
    ['may be for all but one', { matchers: [{ name: 'a', op: '!=', value: 'x' }] }, []],
    ['may not ask for an empty label alone', { matchers: [{ name: 'a', op: '=', value: '' }] }, ['matchers']],
    ['names the matcher that is wrong', { matchers: [{ name: 'a', op: '=~', value: '(' }] }, ['matchers.0']],
    ['must end', { endsAt: at('11:00:00') }, ['endsAt']],
    ['must end in the future', { endsAt: NOW }, ['endsAt']],
    ['must end within a year', { endsAt: NOW.add({ hours: 24 * 366 + 1 }) }, ['endsAt']],
    ['needs an owner and a reason', { createdBy: ' ', comment: '' }, ['createdBy', 'comment']],
  ])('%s', (_rule, changes, faults) => {
    expect(paths(changes)).toEqual(faults);
  });
});

describe('an edit', () => {
  const edit = (stored: Partial<Silence>, changes: Partial<Silence>) =>
    decideSilenceEdit(silence(stored), silence({ ...stored, ...changes }), NOW);
  const pending = { startsAt: at('12:30:00') };

  test('of the end of an active one stays in place, also with a start cut to the second', () => {
    const stored = { startsAt: at('11:00:00.123456') };
    expect(edit(stored, { startsAt: at('11:00:00'), endsAt: at('15:00:00') })).toEqual({
      kind: 'in-place',
      startsAt: stored.startsAt,
      endsAt: at('15:00:00'),
    });
  });

  test.each<[string, Partial<Silence>, Partial<Silence>, boolean]>([
    ['other matchers', {}, { matchers: [{ name: 'job', op: '=', value: 'web' }] }, true],
    ['another start of an active one', {}, { startsAt: at('11:30:00') }, true],
    ['an end in the past', {}, { endsAt: at('11:59:59') }, true],
    ['a pending one that is to have begun', pending, { startsAt: at('11:59:00') }, true],
    ['an expired one', { endsAt: at('11:30:00') }, { endsAt: at('15:00:00') }, false],
  ])('with %s makes a new one that starts now at the earliest', (_what, stored, changes, expireStored) => {
    expect(edit(stored, changes)).toEqual({ kind: 'replace', expireStored, startsAt: NOW });
  });

  test('of a pending one moves both ends', () => {
    const moved = { startsAt: at('12:45:00'), endsAt: at('16:00:00') };
    expect(edit(pending, moved)).toEqual({ kind: 'in-place', ...moved });
    const other = { ...moved, matchers: [{ name: 'a', op: '=' as const, value: 'b' }] };
    expect(edit(pending, other)).toEqual({ kind: 'replace', expireStored: true, startsAt: at('12:45:00') });
  });
});

test('ending by hand keeps what it has muted, and changes nothing twice', () => {
  expect(expireSilence(silence(), NOW)).toEqual({ startsAt: at('11:00:00'), endsAt: NOW });
  expect(expireSilence(silence({ startsAt: at('12:30:00') }), NOW)).toEqual({ startsAt: NOW, endsAt: NOW });
  expect(expireSilence(silence({ endsAt: NOW }), NOW)).toBeNull();
});
