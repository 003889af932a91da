import { decideRun } from './decide-run.ts';
import type {
  Decision,
  Facts,
  Instant,
  NobodyReason,
  Reach,
  Resolution,
  Run,
  RunEvent,
  Snapshot,
  Step,
  Target,
} from './model.ts';
import { reachKey, targetKey } from './model.ts';

/** For tests only: a small world of people and schedules, written as scenarios speak. */

export const T0 = Temporal.Instant.from('2026-10-25T00:55:00Z');

/** `user:ann` → a target. */
export function target(text: string): Target {
  const [kind, id] = text.split(':');
  return { kind: kind as Target['kind'], id: id ?? '' };
}

/** A step from a delay in seconds and its targets. */
export function step(delaySeconds: number, ...targets: readonly string[]): Step {
  return { delaySeconds, targets: targets.map(target) };
}

/** A snapshot; two steps of five minutes, two rounds, duty manager as last resort, unless said otherwise. */
export function snapshot(fields: Partial<Snapshot> = {}): Snapshot {
  return {
    policyId: 'policy',
    policyName: 'Payments critical',
    policyVersion: 12,
    steps: [step(300, 'schedule:primary'), step(300, 'user:bo')],
    rounds: 2,
    repeatIntervalSeconds: 1800,
    ackTimeoutSeconds: 1800,
    lastResort: [target('user:duty')],
    ...fields,
  };
}

/** Who stands where and who cannot be reached. Users stand for themselves and are reachable unless named in `unreachable`. */
export interface World {
  readonly on?: Readonly<Record<string, readonly string[] | NobodyReason>>;
  readonly unreachable?: Readonly<Record<string, 'no-contact-method' | 'inactive' | 'unverified'>>;
  readonly people?: readonly string[];
}

const PEOPLE = ['ann', 'bo', 'cy', 'dee', 'duty'];

export function facts(now: Instant, world: World = {}): Facts {
  const resolved = new Map<string, Resolution>();
  const reach = new Map<string, Reach>();
  for (const person of world.people ?? PEOPLE) {
    const reason = world.unreachable?.[person];
    const answer: Reach = reason === undefined ? { reachable: true, methods: 2 } : { reachable: false, reason };
    reach.set(reachKey(person, 'high'), answer).set(reachKey(person, 'low'), answer);
    resolved.set(`user:${person}`, { people: [person], endpoints: [] });
  }
  for (const [key, on] of Object.entries({ 'schedule:primary': ['ann'], ...world.on })) {
    if (typeof on === 'string') resolved.set(key, { nobody: on });
    else if (key.startsWith('webhook:')) resolved.set(key, { people: [], endpoints: on });
    else resolved.set(targetKey(target(key)), { people: on, endpoints: [] });
  }
  return { now, resolved, reach };
}

export function at(seconds: number): Instant {
  return T0.add({ seconds });
}

/** What one decision did, in a line: whom it called where, what it cancelled, alarms, and the next wake-up in seconds after T0. */
function told(decision: Decision): string {
  const said = decision.actions.flatMap((action) => {
    switch (action.kind) {
      case 'page':
        return [
          `${action.round}.${action.step} ${[...action.users.map((callee) => callee.userId), ...action.endpoints].join('+')}`,
        ];
      case 'cancel-queued':
        return ['cancel'];
      case 'tell-update':
        return [`update ${action.userId}`];
      case 'tell-resolved':
        return ['tell resolved'];
      case 'start-new-run':
        return [`new run for ${action.firstTarget} sev${action.severity} ${action.urgency}`];
      case 'alarm':
        return [`alarm ${action.reason}`];
      case 'ledger':
        return [];
    }
  });
  const wake = decision.wakeAt === null ? 'never' : `${T0.until(decision.wakeAt, { largestUnit: 'second' }).seconds}`;
  return [...said, decision.outcome === 'changed' ? `wake ${wake}` : decision.outcome].join(', ');
}

/** One act of a story: when (seconds after T0), what, and in which world. */
export type Act = readonly [seconds: number, event: RunEvent | 'begin' | 'wake', world?: World];

/** Plays acts in order and tells each decision. */
export function play(
  frozen: Snapshot,
  acts: readonly Act[],
): { readonly run: Run | null; readonly lines: string[]; readonly decisions: Decision[] } {
  let run: Run | null = null;
  const lines: string[] = [];
  const decisions: Decision[] = [];
  for (const [seconds, what, world] of acts) {
    const decision: Decision = decideRun(
      run,
      typeof what === 'string' ? plain(what, frozen) : what,
      facts(at(seconds), world),
    );
    run = decision.run;
    decisions.push(decision);
    lines.push(told(decision));
  }
  return { run, lines, decisions };
}

function plain(what: 'begin' | 'wake', frozen: Snapshot): RunEvent {
  if (what === 'wake') return { kind: 'wake' };
  return {
    kind: 'begin',
    snapshot: frozen,
    urgency: 'high',
    severity: 3,
    firstTarget: null,
    why: { kind: 'route-pages' },
  };
}
