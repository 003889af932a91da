import { createServer, type Server } from 'node:http';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { isPassedOver } from './binaries.ts';
import { eventually } from './eventually.ts';
import { type Alertmanager, startAlertmanager } from './preview-alertmanager.ts';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

/** Fixed, so that a difference found once is found again; another one looks elsewhere. Failures print it. */
const SEED = Number(process.env['PREVIEW_SEED'] ?? 20_261_121);

type Labels = Record<string, string>;
type PreviewRoute = {
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly mutedBy: readonly { readonly name: string }[];
};
type Previewed = {
  readonly labels: Labels;
  readonly routes: readonly PreviewRoute[];
  readonly mutedBy: readonly (
    | { readonly kind: 'silence'; readonly id: string }
    | { readonly kind: 'inhibition'; readonly sources: readonly string[] }
  )[];
};

const byText = (a: unknown, b: unknown) => (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0);

const NAMES = ['a', 'b', 'c', 'd'];
const name = fc.constantFrom(...NAMES);
const value = fc.constantFrom('x', 'y', 'xy', 'z', 'x"y', 'é', 'a\\b');
const pattern = fc.constantFrom('x|y', '.+', 'x.*', '[^x]?', '(x)(y)?', '(?i)X', '.y', 'é|z', '');
const labels: fc.Arbitrary<Labels> = fc
  .uniqueArray(fc.tuple(name, value), { selector: ([label]) => label, minLength: 1, maxLength: 4 })
  .map((pairs) => Object.fromEntries(pairs));
const quoted = (text: string) => `"${text.replaceAll(/[\\"]/g, '\\$&')}"`;
const matcherText = fc.oneof(
  fc.tuple(name, fc.constantFrom('=', '!='), fc.oneof(value, fc.constant(''))),
  fc.tuple(name, fc.constantFrom('=~', '!~'), pattern),
);
const matcherLine = fc
  .array(matcherText, { minLength: 1, maxLength: 2 })
  .map((list) => list.map(([label, op, text]) => label + op + quoted(text)).join(','));
const dictionary = (text: fc.Arbitrary<string>) =>
  fc.uniqueArray(fc.tuple(name, text), { selector: ([label]) => label, maxLength: 2 }).map(Object.fromEntries);
/** All forms in which a file says matchers; each sometimes left out. */
const matchersIn = (prefix = '') =>
  fc
    .tuple(
      fc.option(fc.array(matcherLine, { minLength: 1, maxLength: 2 }), { freq: 3 }),
      fc.option(dictionary(value), { freq: 2 }),
      fc.option(dictionary(pattern), { freq: 2 }),
    )
    .map(([list, equal, regex]) => ({
      ...(list && { [`${prefix}matchers`]: list }),
      ...(!list && equal && { [`${prefix}match`]: equal }),
      ...(!list && regex && { [`${prefix}match_re`]: regex }),
    }));

/** Below the root never an empty list: 0.25 takes the parent's there, 0.31 and we group by none. */
const groupBy = fc.oneof(
  fc.constant({}),
  fc.constant({ group_by: ['...'] }),
  fc.uniqueArray(name, { minLength: 1, maxLength: 3 }).map((names) => ({ group_by: names })),
);
const receiver = fc
  .option(fc.constantFrom('r0', 'r1', 'r2', 'r3'), { freq: 5 })
  .map((one) => (one ? { receiver: one } : {}));

function routes(levels: number): fc.Arbitrary<object[]> {
  const below = levels === 0 ? fc.constant([]) : routes(levels - 1);
  const route = fc
    .tuple(matchersIn(), groupBy, receiver, fc.boolean(), below)
    .map(([matchers, group, to, goesOn, children]) => ({
      ...matchers,
      ...group,
      ...to,
      ...(goesOn && { continue: true }),
      ...(children.length > 0 && { routes: children }),
    }));
  return fc.array(route, { minLength: levels === 2 ? 2 : 0, maxLength: 3, size: 'max' });
}

/** One side of a rule: often a single plain matcher, so that rules have sources and targets. */
const side = (prefix: string) =>
  fc.oneof(
    fc.tuple(name, fc.constantFrom('=', '!=', '=~'), fc.constantFrom('x', 'y', 'x|y')).map(([label, op, text]) => ({
      [`${prefix}matchers`]: [`${label}${op}"${text}"`],
    })),
    matchersIn(prefix),
  );
const inhibitRule = fc
  .tuple(side('source_'), side('target_'), fc.uniqueArray(name, { maxLength: 1 }))
  .map(([source, target, equal]) => ({ ...source, ...target, equal }));

const config = fc
  .tuple(routes(2), groupBy, fc.array(inhibitRule, { maxLength: 3, size: 'max' }), fc.boolean())
  .map(([below, group, rules, asBlocks]) => {
    const whole = {
      route: { receiver: 'root', ...group, routes: below },
      receivers: ['root', 'r0', 'r1', 'r2', 'r3'].map((one) => ({ name: one })),
      inhibit_rules: rules,
    };
    return asBlocks ? stringify(whole) : JSON.stringify(whole);
  });

const silence = fc.record({
  matchers: fc.array(
    fc.oneof(
      fc.record({ name, value: fc.oneof(value, fc.constant('')), isRegex: fc.constant(false), isEqual: fc.boolean() }),
      fc.record({ name, value: pattern, isRegex: fc.constant(true), isEqual: fc.boolean() }),
    ),
    { minLength: 1, maxLength: 2 },
  ),
  pending: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
});

const drawn = fc.record({
  config,
  alerts: fc.uniqueArray(labels, {
    selector: (one) => JSON.stringify(Object.entries(one).toSorted(byText)),
    minLength: 10,
    maxLength: 12,
  }),
  resolved: fc.infiniteStream(fc.integer({ min: 0, max: 4 }).map((n) => n === 0)),
  silences: fc.array(silence, { maxLength: 4 }),
});

describe.skipIf(isPassedOver('prometheus-alertmanager'))(
  `the preview against a real Alertmanager (seed ${SEED})`,
  () => {
    let tocsin: Tocsin;
    beforeAll(async () => {
      tocsin = await startTocsin({});
    });
    afterAll(() => tocsin?.stop());

    const at = (minutes: number) => Temporal.Now.instant().add({ minutes }).toString();
    const preview = async (body: object): Promise<readonly Previewed[]> =>
      (await tocsin.api('POST', '/api/v1/routing/preview', { at: at(0), ...body })).alerts;
    const isTaken = (body: object) =>
      preview({ alerts: [], ...body }).then(
        () => true,
        (error: Error) => {
          if (!/: 400 /.test(error.message)) throw error;
          return false;
        },
      );

    /** Those that a test left running because its time was up. */
    const running = new Set<Alertmanager>();
    afterEach(async () => {
      for (const one of running) await one.stop();
      running.clear();
    });
    async function withAlertmanager<T>(text: string, use: (one: Alertmanager) => Promise<T>): Promise<T> {
      const one = await startAlertmanager(text);
      running.add(one);
      try {
        return await use(one);
      } finally {
        await one.stop();
        running.delete(one);
      }
    }

    test('60 random configurations treat more than 500 alerts alike: routes, groups, silences, inhibition', async () => {
      const seen = { alerts: 0, silenced: 0, inhibited: 0, groups: 0, several: 0 };
      for (const [index, one] of fc
        .sample(drawn, { seed: SEED, numRuns: Number(process.env['PREVIEW_RUNS'] ?? 60) })
        .entries()) {
        const alerts = one.alerts.map((map) => ({
          labels: map,
          startsAt: at(-10),
          ...(one.resolved.next().value && { endsAt: at(-5) }),
        }));
        await withAlertmanager(one.config, async (theirs) => {
          const silences: object[] = [];
          for (const { matchers, pending } of one.silences) {
            const draft = {
              matchers,
              startsAt: at(pending ? 30 : 0),
              endsAt: at(60),
              createdBy: 'ann',
              comment: 'test',
            };
            const { status, body } = await theirs.ask('POST', '/silences', draft);
            if (status === 200) silences.push({ ...draft, id: (body as { silenceID: string }).silenceID });
            else expect(await isTaken({ config: one.config, silences: [draft] })).toBe(false);
          }
          expect((await theirs.ask('POST', '/alerts', alerts)).status).toBe(200);
          const ours = await preview({ config: one.config, silences, alerts });
          const firing = ours.filter((_, i) => alerts[i]?.endsAt === undefined);
          const mine = firing.map((alert) => summary(alert)).toSorted(byText);
          const agreed = await eventually(`case ${index} alike`, 5_000, async () => {
            const found = await theirSummaries(theirs, firing);
            return JSON.stringify(found) === JSON.stringify(mine) && found;
          }).catch(async () => ({ theirs: await theirSummaries(theirs, firing), config: one.config, silences }));
          expect(agreed, `seed ${SEED}, case ${index}:\n${one.config}\n${JSON.stringify(silences)}`).toEqual(mine);
          seen.alerts += firing.length;
          seen.silenced += firing.filter(({ mutedBy }) => mutedBy.some(({ kind }) => kind === 'silence')).length;
          seen.inhibited += firing.filter(({ mutedBy }) => mutedBy.some(({ kind }) => kind === 'inhibition')).length;
          seen.several += firing.filter((alert) => alert.routes.length > 1).length;
          seen.groups += new Set(firing.flatMap((alert) => alert.routes.map(groupOf))).size;
        });
      }
      // That all of it was there to be compared.
      expect(seen.alerts).toBeGreaterThan(500);
      expect(seen.silenced).toBeGreaterThan(20);
      expect(seen.inhibited).toBeGreaterThan(20);
      expect(seen.several).toBeGreaterThan(20);
      expect(seen.groups).toBeGreaterThan(50);
    }, 120_000);

    test('120 random silences are taken or refused alike', async () => {
      const text = 'route: {receiver: root}\nreceivers: [{name: root}]';
      const odd = fc.record({
        matchers: fc.array(
          fc.record({
            name: fc.oneof(name, fc.constantFrom('', '_a1')),
            value: fc.oneof(value, pattern, fc.constantFrom('(', '[', 'a{1,2}', 'x**', '\\d+', '(?P<n>x)', '(?=x)')),
            isRegex: fc.boolean(),
            isEqual: fc.boolean(),
          }),
          { maxLength: 2 },
        ),
      });
      const answers = { taken: 0, refused: 0 };
      await withAlertmanager(text, async (theirs) => {
        for (const { matchers } of fc.sample(odd, { seed: SEED, numRuns: 120 })) {
          const draft = { matchers, startsAt: at(0), endsAt: at(60), createdBy: 'ann', comment: 'test' };
          const { status } = await theirs.ask('POST', '/silences', draft);
          const taken = await isTaken({ config: text, silences: [draft] });
          expect({ matchers, taken }).toEqual({ matchers, taken: status === 200 });
          answers[taken ? 'taken' : 'refused'] += 1;
        }
      });
      expect(Math.min(answers.taken, answers.refused)).toBeGreaterThan(20);
    }, 60_000);

    test('150 routes with random time intervals call, or do not, as the running Alertmanager does', async () => {
      const now = Temporal.Now.instant();
      const sink = await startSink();
      const cases = fc.sample(fc.tuple(fc.array(specAround(now), { minLength: 1, maxLength: 2 }), fc.boolean()), {
        seed: SEED,
        numRuns: 150,
      });
      const text = JSON.stringify({
        route: {
          receiver: 'sink',
          group_by: ['case'],
          group_wait: '0s',
          group_interval: '5m',
          routes: cases.map(([, isMute], i) => ({
            matchers: [`case="${i}"`],
            [isMute ? 'mute_time_intervals' : 'active_time_intervals']: [`t${i}`],
          })),
        },
        receivers: [{ name: 'sink', webhook_configs: [{ url: sink.url, send_resolved: false }] }],
        time_intervals: cases.map(([specs], i) => ({ name: `t${i}`, time_intervals: specs })),
      });
      try {
        await withAlertmanager(text, async (theirs) => {
          const alerts = cases.map((_, i) => ({ labels: { case: String(i) }, startsAt: at(-1) }));
          const ours = await preview({ config: text, alerts });
          const called = ours.flatMap(({ routes: [route], labels: map }) =>
            route?.mutedBy.length === 0 ? [map['case']] : [],
          );
          await theirs.ask('POST', '/alerts', alerts);
          const arrived = () => [...sink.cases].toSorted(byText);
          await eventually('what calls has called', 20_000, () => called.every((one) => sink.cases.has(one ?? '')));
          // Sent after all others have been decided, and on no muted route: when it is there, nothing else comes.
          await theirs.ask('POST', '/alerts', [{ labels: { case: 'last' } }]);
          await eventually('the last one', 20_000, () => sink.cases.has('last'));
          expect(arrived(), `seed ${SEED} at ${now}:\n${text}`).toEqual([...called, 'last'].toSorted(byText));
          expect(Math.min(called.length, cases.length - called.length)).toBeGreaterThan(30);
        });
      } finally {
        sink.stop();
      }
    }, 60_000);
  },
);

const sortedText = (map: Labels) => JSON.stringify(Object.entries(map).toSorted(byText));
const groupOf = ({ receiver: to, groupLabels }: PreviewRoute) => `${to} ${sortedText(groupLabels)}`;

/** An alert in one line: where it goes in order, its groups, what silences it, whether it is inhibited. */
function summary({ labels: map, routes: taken, mutedBy }: Previewed): string {
  const silencedBy = mutedBy.flatMap((mute) => (mute.kind === 'silence' ? [mute.id] : [])).toSorted(byText);
  const isInhibited = mutedBy.some(({ kind }) => kind === 'inhibition');
  return JSON.stringify([
    sortedText(map),
    taken.map(({ receiver: to }) => to),
    taken.map(groupOf).toSorted(byText),
    silencedBy,
    isInhibited ? 'inhibited' : '',
  ]);
}

/** The same of what Alertmanager says; an inhibiting alert that we do not name is a difference. */
async function theirSummaries(theirs: Alertmanager, ours: readonly Previewed[]): Promise<readonly string[]> {
  type Alert = {
    labels: Labels;
    receivers: { name: string }[];
    status: { silencedBy: string[]; inhibitedBy: string[] };
  };
  const alerts = (await theirs.ask('GET', '/alerts')).body as Alert[];
  const groups = (await theirs.ask('GET', '/alerts/groups')).body as {
    labels: Labels;
    receiver: { name: string };
    alerts: { labels: Labels }[];
  }[];
  return alerts
    .map(({ labels: map, receivers, status }) => {
      const key = sortedText(map);
      const mine = ours.find((one) => sortedText(one.labels) === key);
      const known = new Set(mine?.mutedBy.flatMap((mute) => (mute.kind === 'inhibition' ? mute.sources : [])));
      const isNamed = status.inhibitedBy.every((source) => known.has(source));
      const inGroups = groups.flatMap((group) =>
        group.alerts.some((member) => sortedText(member.labels) === key)
          ? [`${group.receiver.name} ${sortedText(group.labels)}`]
          : [],
      );
      return JSON.stringify([
        key,
        receivers.map(({ name: to }) => to),
        inGroups.toSorted(byText),
        status.silencedBy.toSorted(byText),
        status.inhibitedBy.length === 0 ? '' : isNamed ? 'inhibited' : `inhibited by ${status.inhibitedBy.join()}`,
      ]);
    })
    .toSorted(byText);
}

/** Entries of time intervals that hold now about as often as not. */
function specAround(now: Temporal.Instant): fc.Arbitrary<object> {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Kiritimati',
  ];
  const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
  return fc.constantFrom(...zones).chain((location) => {
    const local = now.toZonedDateTimeISO(location);
    const two = (n: number) => String(n).padStart(2, '0');
    const text = (minute: number) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
    const today = local.hour * 60 + local.minute;
    // Ten minutes away from now, so that nothing changes while the test runs.
    const before = fc.integer({ min: 0, max: Math.max(0, today - 10) });
    const after = fc.integer({ min: Math.min(1440, today + 10), max: 1440 });
    const times = fc
      .oneof(fc.tuple(before, after), fc.tuple(before, before), fc.tuple(after, after))
      .filter(([start, end]) => start < end)
      .map(([start, end]) => ({ start_time: text(start), end_time: text(end) }));
    const ranges = (least: number, most: number, near: number, write: (n: number) => string = String) => {
      const any = fc.integer({ min: least, max: most });
      const close = fc.integer({ min: -1, max: 1 }).map((away) => Math.max(least, Math.min(most, near + away)));
      return fc
        .oneof(
          fc.tuple(any, any),
          fc.tuple(any, close),
          close.map((one) => [one, one] as const),
        )
        .map(([x, y]) => (x === y ? write(x) : `${write(Math.min(x, y))}:${write(Math.max(x, y))}`));
    };
    // Left out every second time: with all five set hardly any moment would be in it.
    const list = <T>(item: fc.Arbitrary<T>) =>
      fc.option(fc.array(item, { minLength: 1, maxLength: 2 }), { freq: 2, nil: undefined });
    const fromEnd = local.day - local.daysInMonth - 1;
    return fc
      .record({
        times: list(times),
        weekdays: list(ranges(0, 6, local.dayOfWeek % 7, (day) => weekdays[day] as string)),
        days_of_month: list(fc.oneof(ranges(1, 31, local.day), ranges(-27, -1, Math.max(-27, fromEnd)))),
        months: list(ranges(1, 12, local.month)),
        years: list(ranges(local.year - 1, local.year + 1, local.year)),
        location: fc.constant(location),
      })
      .map((spec) => JSON.parse(JSON.stringify(spec)) as object);
  });
}

/** A receiver of webhooks that remembers which cases have called. */
async function startSink(): Promise<{ readonly url: string; readonly cases: Set<string>; stop(): void }> {
  const cases = new Set<string>();
  const server: Server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { alerts } = JSON.parse(Buffer.concat(parts).toString()) as { alerts: { labels: Labels }[] };
      for (const { labels: map } of alerts) cases.add(map['case'] ?? '');
      answer.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    cases,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
