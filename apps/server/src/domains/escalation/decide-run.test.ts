import { describe, expect, test } from 'vitest';
import type { AlertsJoined, CallFailed, RunEvent } from './model.ts';
import type { Act, World } from './testkit.ts';
import { at, play, snapshot, step, target } from './testkit.ts';

const ack = (by: string, seconds: number): RunEvent => ({ kind: 'acknowledge', by, at: at(seconds) });
const snooze = (by: string, until: number): RunEvent => ({ kind: 'snooze', by, until: at(until) });
const senderAck = (seconds: number): RunEvent => ({ ...ack('pd', seconds), sender: 'PagerDuty' }) as RunEvent;
const senderSnooze = (until: number): RunEvent => ({ ...snooze('pd', until), sender: 'PagerDuty' }) as RunEvent;
const failed = (round: number, step: number, because: CallFailed['because'] = 'policy-step'): RunEvent => ({
  kind: 'call-failed',
  round,
  step,
  because,
});
const joined = (fields: Partial<AlertsJoined> = {}): RunEvent => ({
  kind: 'alerts-joined',
  newKinds: [],
  severityRaisedTo: null,
  count: 1,
  ...fields,
});
const nobodyOn: World = { on: { 'schedule:primary': 'nobody-on-call' } };
const boGone: World = { unreachable: { bo: 'no-contact-method' } };
const allGone: World = {
  on: { 'schedule:primary': 'nobody-on-call' },
  unreachable: { bo: 'inactive', duty: 'unverified', ann: 'inactive', cy: 'inactive', dee: 'inactive' },
};

interface Story {
  readonly rule: string;
  readonly frozen?: Parameters<typeof snapshot>[0];
  readonly acts: readonly (readonly [...Act, string] | readonly [Act[0], Act[1], string])[];
}

/** Each act: seconds, event, [world], what must be told. `1.0 ann` reads: round 1, step 0 calls Ann. */
const stories: readonly Story[] = [
  {
    rule: 'climbs the steps, repeats the rounds, then the last resort, then the last step for ever',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [300, 'wake', '0.1 bo, wake 600'],
      [600, 'wake', '1.0 ann, wake 900'],
      [900, 'wake', '1.1 bo, wake 1200'],
      [1200, 'wake', '1.2 duty, wake 3000'],
      [3000, 'wake', '2.1 bo, wake 4800'],
      [4800, 'wake', '3.1 bo, wake 6600'],
    ],
  },
  {
    rule: 'asks at each step who is on call then, not who was at the start',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [300, 'wake', '0.1 bo, wake 600'],
      [600, 'wake', { on: { 'schedule:primary': ['cy'] } }, '1.0 cy, wake 900'],
    ],
  },
  {
    rule: 'a wake-up before its time does nothing',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [299, 'wake', 'unchanged'],
    ],
  },
  {
    rule: 'a step that reaches nobody is passed over at once',
    acts: [[0, 'begin', nobodyOn, '0.1 bo, wake 300']],
  },
  {
    rule: 'an empty last step leads at once to the next round, then to the last resort',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [300, 'wake', boGone, '1.0 ann, wake 600'],
      [600, 'wake', boGone, '1.2 duty, wake 2400'],
      [2400, 'wake', boGone, '2.2 duty, wake 4200'],
    ],
  },
  {
    rule: 'when the whole policy reaches nobody the last resort is called at once, not after all rounds',
    frozen: { rounds: 20 },
    acts: [[0, 'begin', { ...nobodyOn, ...boGone }, '0.2 duty, wake 1800']],
  },
  {
    rule: 'when nobody at all can be reached it raises an alarm, lives on, and finds who comes back',
    acts: [
      [0, 'begin', allGone, 'alarm nobody-at-all, wake 1800'],
      [1800, 'wake', allGone, 'alarm nobody-at-all, wake 3600'],
      [3600, 'wake', nobodyOn, '3.1 bo, wake 5400'],
      [5400, 'wake', { unreachable: { bo: 'inactive', duty: 'inactive' } }, '4.0 ann, wake 7200'],
    ],
  },
  {
    rule: 'an unanswered page whose last resort is empty raises an alarm and repeats at once',
    frozen: { lastResort: [], rounds: 1 },
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [300, 'wake', '0.1 bo, wake 600'],
      [600, 'wake', '1.1 bo, alarm last-resort-empty, wake 2400'],
      [2400, 'wake', '2.1 bo, wake 4200'],
    ],
  },
  {
    rule: 'without a policy the last resort is called at once, and again',
    frozen: { steps: [], rounds: 1 },
    acts: [
      [0, 'begin', '0.0 duty, wake 1800'],
      [1800, 'wake', '1.0 duty, wake 3600'],
    ],
  },
  {
    rule: 'steps without delay ring together, one person once, and the next round waits a minute',
    frozen: { steps: [step(0, 'user:ann'), step(0, 'user:ann', 'user:bo')], rounds: 2 },
    acts: [
      [0, 'begin', '0.0 ann, 0.1 bo, wake 60'],
      [60, 'wake', '1.0 ann, 1.1 bo, wake 120'],
      [120, 'wake', '1.2 duty, wake 1920'],
    ],
  },
  {
    rule: 'an empty tail after a step without delay does not ring in a circle',
    frozen: { steps: [step(0, 'user:ann'), step(0, 'user:bo')], rounds: 3 },
    acts: [
      [0, 'begin', boGone, '0.0 ann, wake 60'],
      [60, 'wake', boGone, '1.0 ann, wake 120'],
    ],
  },
  {
    rule: 'a repeat that would reach only a webhook calls a person too',
    frozen: { steps: [step(300, 'user:ann'), step(300, 'webhook:w')], rounds: 1 },
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [300, 'wake', { on: { 'webhook:w': ['w'] } }, '0.1 w, wake 600'],
      [600, 'wake', '0.2 duty, wake 2400'],
      [2400, 'wake', { on: { 'webhook:w': ['w'] } }, '1.1 w, 1.2 duty, wake 4200'],
    ],
  },
  {
    rule: 'acknowledge cancels and rests; when it expires the holder is called first, then the policy from its first step',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, ack('ann', 90), 'cancel, wake 1890'],
      [1889, 'wake', 'unchanged'],
      [1890, 'wake', '1.-4 ann, wake 2190'],
      [2190, 'wake', '1.0 ann, wake 2490'],
      [2490, 'wake', '1.1 bo, wake 2790'],
      [2790, 'wake', '1.2 duty, wake 4590'],
    ],
  },
  {
    rule: 'a holder who cannot be reached when the acknowledgement expires is passed over at once',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [300, 'wake', '0.1 bo, wake 600'],
      [310, ack('bo', 310), 'cancel, wake 2110'],
      [2110, 'wake', boGone, '1.0 ann, wake 2410'],
    ],
  },
  {
    rule: 'a second acknowledge extends nothing',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, ack('ann', 90), 'cancel, wake 1890'],
      [600, ack('bo', 600), 'wake 1890'],
      [700, ack('ann', 700), 'unchanged'],
      [1890, 'wake', '1.-5 ann, wake 2190'],
    ],
  },
  {
    rule: 'a page given back escalates at once from the first step',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [300, 'wake', '0.1 bo, wake 600'],
      [310, ack('bo', 310), 'cancel, wake 2110'],
      [400, { kind: 'unacknowledge', by: 'bo' }, '1.0 ann, wake 700'],
      [410, { kind: 'unacknowledge', by: 'bo' }, 'unchanged'],
    ],
  },
  {
    rule: 'a snooze rests and then goes on where it was',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, snooze('ann', 3610), 'cancel, wake 3610'],
      [3610, 'wake', '0.1 bo, wake 3910'],
    ],
  },
  {
    rule: 'a snoozed acknowledged page calls its holder first',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, ack('ann', 10), 'cancel, wake 1810'],
      [20, snooze('bo', 7220), 'cancel, wake 7220'],
      [7220, 'wake', '1.-5 ann, wake 7520'],
    ],
  },
  {
    rule: 'a snooze into the past, or for longer than a week, is refused',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, snooze('ann', 10), 'refused'],
      [10, snooze('ann', 10 + 7 * 86_400 + 1), 'refused'],
    ],
  },
  {
    rule: 'a reassigned page calls that person at once, unacknowledged, and then goes on',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, ack('ann', 10), 'cancel, wake 1810'],
      [60, { kind: 'reassign', to: 'cy', by: 'ann' }, 'cancel, 0.-4 cy, wake 360'],
      [360, 'wake', '0.1 bo, wake 660'],
    ],
  },
  {
    rule: 'reassigning to somebody who cannot be reached is refused and the holder keeps the page',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, ack('ann', 10), 'cancel, wake 1810'],
      [60, { kind: 'reassign', to: 'bo', by: 'ann' }, boGone, 'refused'],
      [70, { kind: 'reassign', to: 'stranger', by: 'ann' }, 'refused'],
    ],
  },
  {
    rule: 'a page reassigned after the rounds is followed by a repeat',
    frozen: { rounds: 1 },
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [300, 'wake', '0.1 bo, wake 600'],
      [600, 'wake', '0.2 duty, wake 2400'],
      [700, { kind: 'reassign', to: 'cy', by: 'duty' }, 'cancel, 0.-5 cy, wake 1000'],
      [1000, 'wake', '1.1 bo, wake 2800'],
    ],
  },
  {
    rule: 'escalate now takes the next step at once, also from an acknowledged page',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, { kind: 'escalate-now', by: 'ann' }, '0.1 bo, wake 310'],
      [20, ack('bo', 20), 'cancel, wake 1820'],
      [30, { kind: 'escalate-now', by: 'bo' }, '1.0 ann, wake 330'],
    ],
  },
  {
    rule: 'an added responder is called beside the plan and moves no timer, twice if asked twice',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, { kind: 'add-responder', user: 'cy', by: 'ann' }, '0.-3 cy, wake 300'],
      [20, ack('ann', 20), 'cancel, wake 1820'],
      [30, { kind: 'add-responder', user: 'cy', by: 'ann' }, '0.-5 cy, wake 1820'],
      [40, { kind: 'add-responder', user: 'bo', by: 'ann' }, boGone, 'refused'],
    ],
  },
  {
    rule: 'a call whose every method failed is passed over at once, once; an older or answered one moves nothing',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [30, failed(0, 0), '0.1 bo, wake 330'],
      [31, failed(0, 0), 'unchanged'],
      [40, ack('bo', 40), 'cancel, wake 1840'],
      [41, failed(0, 1), 'unchanged'],
      [1840, 'wake', '1.-5 bo, wake 2140'],
      [1850, failed(1, -5, 'holder-first'), '1.0 ann, wake 2150'],
      [1855, failed(1, -5, 'holder-first'), 'unchanged'],
      [1860, failed(1, -9, 'responder-added'), 'unchanged'],
      [1870, { kind: 'reassign', to: 'cy', by: 'ann' }, 'cancel, 1.-7 cy, wake 2170'],
      [1880, failed(1, -7, 'reassigned'), '1.1 bo, wake 2180'],
      [1890, failed(1, -7, 'reassigned'), 'unchanged'],
    ],
  },
  {
    rule: 'a failed repeat raises an alarm and keeps its timer, a failed last resort repeats at once',
    frozen: { rounds: 1 },
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [300, 'wake', '0.1 bo, wake 600'],
      [600, 'wake', '0.2 duty, wake 2400'],
      [630, failed(0, 2, 'last-resort'), '1.1 bo, wake 2430'],
      [660, failed(1, 1, 'repeat'), 'alarm nobody-told, wake 2430'],
    ],
  },
  {
    rule: 'more of the same is told to the holder and calls nobody',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, ack('ann', 10), 'cancel, wake 1810'],
      [60, joined({ count: 5 }), 'update ann, wake 1810'],
      [61, joined({ count: 1, severityRaisedTo: 4 }), 'update ann, wake 1810'],
    ],
  },
  {
    rule: 'a first of its kind in a held page ends the held run and starts a new one with the holder',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, ack('ann', 10), 'cancel, wake 1810'],
      [60, joined({ newKinds: ['db/Disk'] }), 'new run for ann sev3 high, wake never'],
      [61, 'wake', 'unchanged'],
    ],
  },
  {
    rule: 'a raised severity in a held page does the same',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, snooze('ann', 9000), 'cancel, wake 9000'],
      [60, joined({ severityRaisedTo: 1 }), 'new run for ann sev1 high, wake never'],
    ],
  },
  {
    rule: 'what joins an unanswered page moves no timer',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [60, joined({ newKinds: ['db/Disk'], severityRaisedTo: 1 }), 'wake 300'],
      [70, joined({ count: 0 }), 'unchanged'],
    ],
  },
  {
    rule: 'resolve ends the run, cancels what is queued and tells those really told; nothing moves it again',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [60, { kind: 'all-resolved' }, 'cancel, tell resolved, wake never'],
      [61, ack('ann', 61), 'unchanged'],
      [300, 'wake', 'unchanged'],
      [301, { kind: 'end', by: 'ann' }, 'unchanged'],
    ],
  },
  {
    rule: 'a page that fires again in the quiet time stays held, until the same moment; its holder is told',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, ack('ann', 90), 'cancel, wake 1890'],
      [600, { kind: 'all-resolved' }, 'cancel, tell resolved, wake never'],
      [700, 'begin', 'update ann, wake 1890'],
      [1890, 'wake', '1.-3 ann, wake 2190'],
    ],
  },
  {
    rule: 'a page that fires again after the quiet time, or was ended by hand, is called anew',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, ack('ann', 90), 'cancel, wake 1890'],
      [600, { kind: 'all-resolved' }, 'cancel, tell resolved, wake never'],
      [1890, 'begin', '0.0 ann, wake 2190'],
      [1900, ack('ann', 1900), 'cancel, wake 3700'],
      [2000, { kind: 'resolved-by-hand', by: 'ann' }, 'cancel, tell resolved, wake never'],
      [2100, 'begin', '0.0 ann, wake 2400'],
    ],
  },
  {
    rule: "a sender's acknowledge stops the calls and makes no holder: the policy begins again when it expires",
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, senderAck(90), 'cancel, wake 1890'],
      [100, senderAck(100), 'unchanged'],
      [1890, 'wake', '1.0 ann, wake 2190'],
    ],
  },
  {
    rule: "a person takes over what only a sender has acknowledged, and a sender's later word changes nothing",
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, senderAck(90), 'cancel, wake 1890'],
      [120, ack('bo', 120), 'cancel, wake 1920'],
      [130, senderAck(130), 'unchanged'],
      [1920, 'wake', '1.-5 bo, wake 2220'],
    ],
  },
  {
    rule: 'what joins a page that only a sender has acknowledged calls by the policy, since there is nobody to tell',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, senderAck(90), 'cancel, wake 1890'],
      [100, joined({ count: 0 }), 'unchanged'],
      [400, joined({ count: 2 }), 'new run for null sev3 high, wake never'],
    ],
  },
  {
    rule: 'a first of its kind starts a run by the policy after a sender acknowledged',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, senderAck(90), 'cancel, wake 1890'],
      [100, joined({ newKinds: ['db/Disk'] }), 'new run for null sev3 high, wake never'],
    ],
  },
  {
    rule: "a sender's acknowledge or snooze does not outlive the resolve: what fires again calls anew",
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, senderAck(90), 'cancel, wake 1890'],
      [600, { kind: 'all-resolved' }, 'cancel, tell resolved, wake never'],
      [700, 'begin', '0.0 ann, wake 1000'],
      [710, senderSnooze(4000), 'cancel, wake 4000'],
      [720, { kind: 'all-resolved' }, 'cancel, tell resolved, wake never'],
      [730, 'begin', '0.0 ann, wake 1030'],
    ],
  },
  {
    rule: 'a person who snoozes what only a sender has acknowledged becomes its holder',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90, senderAck(90), 'cancel, wake 1890'],
      [100, snooze('bo', 1000), 'cancel, wake 1000'],
      [200, joined({ count: 2 }), 'update bo, wake 1000'],
      [1000, 'wake', '0.1 bo, wake 1300'],
    ],
  },
  {
    rule: 'a mute ends the run without telling anybody',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [60, { kind: 'muted' }, 'cancel, wake never'],
    ],
  },
  {
    rule: 'what resolves while it is muted is told, once',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [60, { kind: 'muted' }, 'cancel, wake never'],
      [90, { kind: 'all-resolved' }, 'cancel, tell resolved, wake never'],
      [95, { kind: 'all-resolved' }, 'unchanged'],
    ],
  },
  {
    rule: 'after an outage one step is taken now, against the present, and nothing is caught up',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [90_000, 'wake', '0.1 bo, wake 90300'],
    ],
  },
  {
    rule: 'a page has one live run: a second begin changes nothing',
    acts: [
      [0, 'begin', '0.0 ann, wake 300'],
      [10, 'begin', 'unchanged'],
    ],
  },
];

describe('a run', () => {
  for (const story of stories) {
    test(story.rule, () => {
      const acts = story.acts.map((act) => act.slice(0, -1) as unknown as Act);
      expect(play(snapshot(story.frozen), acts).lines).toEqual(story.acts.map((act) => act.at(-1)));
    });
  }

  test('starts with the holder of the run before, and with the policy at once when they cannot be reached', () => {
    const again: RunEvent = {
      kind: 'begin',
      snapshot: snapshot(),
      urgency: 'high',
      severity: 1,
      firstTarget: 'bo',
      why: { kind: 'new-kind', kinds: ['db/Disk'] },
    };
    expect(play(snapshot(), [[0, again]]).lines).toEqual(['0.-2 bo, wake 300']);
    expect(play(snapshot(), [[0, again, boGone]]).lines).toEqual(['0.0 ann, wake 300']);
  });

  test('starts again at once when a joined alert asks for high urgency', () => {
    const low: RunEvent = {
      kind: 'begin',
      snapshot: snapshot(),
      urgency: 'low',
      severity: 4,
      firstTarget: null,
      why: { kind: 'route-pages' },
    };
    const { lines, run } = play(snapshot(), [
      [0, low],
      [60, joined({ urgency: 'high', severityRaisedTo: 1 })],
    ]);
    expect(lines).toEqual(['0.0 ann, wake 300', 'cancel, 1.0 ann, wake 360']);
    expect(run).toMatchObject({ urgency: 'high', severity: 1 });
  });

  test('says by how much it is late', () => {
    const { decisions } = play(snapshot(), [
      [0, 'begin'],
      [1234, 'wake'],
    ]);
    expect(decisions[1]?.reasons[0]).toEqual({ kind: 'late', seconds: 934 });
  });

  test('says who acknowledged first, and notes the other as helper', () => {
    const { decisions } = play(snapshot(), [
      [0, 'begin'],
      [10, ack('ann', 10)],
      [20, ack('bo', 20)],
    ]);
    expect(decisions[2]?.reasons).toEqual([{ kind: 'helper-joined', first: 'ann', firstAt: at(10), helper: 'bo' }]);
  });

  test('says whom it passed over and why', () => {
    const frozen = snapshot({ steps: [step(300, 'schedule:primary', 'team:empty', 'user:bo', 'user:cy')] });
    const world: World = { on: { 'schedule:primary': 'nobody-on-call', 'team:empty': 'no-active-members' }, ...boGone };
    const { decisions } = play(frozen, [[0, 'begin', { ...world, on: { ...world.on } }]]);
    const skipped = decisions[0]?.actions.flatMap((action) =>
      action.kind === 'ledger' && action.entry.kind === 'target-skipped' ? [action.entry.payload['reason']] : [],
    );
    expect(skipped).toEqual(['nobody-on-call', 'no-active-members', 'no-contact-method']);
  });

  test('says through which target a person was called', () => {
    const frozen = snapshot({ steps: [step(300, 'team:payments', 'schedule:primary')] });
    const { decisions } = play(frozen, [[0, 'begin', { on: { 'team:payments': ['ann', 'bo'] } }]]);
    const page = decisions[0]?.actions.find((action) => action.kind === 'page');
    expect(page?.users).toEqual([
      { userId: 'ann', via: target('team:payments') },
      { userId: 'bo', via: target('team:payments') },
    ]);
  });
});
