import { listed, placeText, targetText } from './next.ts';
import type { Names, Payload, SnapshotFacts, StoredFact, TargetRef } from './model.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const object = (value: unknown): Payload => (typeof value === 'object' && value !== null ? (value as Payload) : {});

/** `1 alert`, `14 alerts`. */
export function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** A length of time as people say it: `9 ms`, `1 m 19 s`, `2 h 5 m`, `3 d 4 h`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} m`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

const NOBODY: Readonly<Record<string, string>> = {
  'nobody-on-call': 'nobody is on call',
  'no-active-members': 'the team has no active member',
  inactive: 'the account is not active',
  'no-contact-method': 'there is no contact method',
  unverified: 'no contact method is verified',
  archived: 'it is archived',
  unknown: 'it is not known any more',
};

/** Why somebody could not be called. */
export function nobodyText(reason: unknown): string {
  return NOBODY[text(reason)] ?? text(reason);
}

/** Why a call was made, from the reason stored with it. */
export function callReasonText(reason: unknown, names: Names): string {
  const { kind, by, because } = object(reason);
  switch (text(kind)) {
    case 'policy-step':
      return 'it is their turn by the policy';
    case 'last-resort':
      return 'all rounds went unanswered';
    case 'repeat':
      return 'the page is still unanswered';
    case 'holder-first':
      return `they had the page (${text(because).replaceAll('-', ' ')})`;
    case 'reassigned':
      return `${names.person(text(by))} gave them the page`;
    case 'responder-added':
      return `${names.person(text(by))} asked for them`;
    default:
      return text(kind).replaceAll('-', ' ');
  }
}

/** Why a run began. */
export function startText(why: unknown): string {
  const { kind, kinds, to } = object(why);
  switch (text(kind)) {
    case 'route-pages':
      return 'the route calls people';
    case 'new-kind':
      return `a new kind of alert joined: ${list(kinds).map(text).join(', ')}`;
    case 'severity-raised':
      return `the severity rose to SEV${count(to)}`;
    case 'urgency-raised':
      return 'the urgency rose';
    case 'nobody-holds':
      return 'alerts joined, and only their sender had acknowledged';
    default:
      return text(kind).replaceAll('-', ' ');
  }
}

/** Why a run ended. */
export function endText(why: unknown, names: Names): string {
  const { kind, by } = object(why);
  switch (text(kind)) {
    case 'resolved':
      return 'every alert resolved';
    case 'resolved-by-hand':
      return `${names.person(text(by))} resolved it`;
    case 'ended-by-hand':
      return `${names.person(text(by))} ended it`;
    case 'muted':
      return 'it was muted';
    case 'superseded':
      return 'a newer run took over';
    default:
      return text(kind).replaceAll('-', ' ');
  }
}

/** Who or what ended an alert: `source`, `expiry`, `user:<id>`, `system:<name>`. */
export function resolvedByText(by: string | null, names: Names): string {
  if (by === null) return 'Resolved.';
  if (by === 'source') return 'Resolved by its source.';
  if (by === 'expiry') return 'Resolved because its source stopped sending it.';
  if (by.startsWith('user:')) return `Resolved by ${names.person(by.slice(5))}.`;
  return `Resolved by ${by.replace(/^system:/, '')}.`;
}

function skippedText(skipped: Payload, names: Names): string {
  const target = object(skipped['target']) as unknown as TargetRef;
  const person = text(skipped['userId']);
  const whom = person !== '' ? names.person(person) : targetText(target, names);
  return `${whom}: ${nobodyText(skipped['reason'])}`;
}

function calledNames({ users, endpoints }: Payload, names: Names): string {
  const people = list(users).map((callee) => names.person(text(object(callee)['userId'])));
  return listed([...people, ...list(endpoints).map((id) => names.thing('webhook', text(id)))]);
}

/** Whom a `called` fact called and through what, e.g. `Step 1 of 3 called Maya Lindqvist: it is their turn by the policy.` */
export function calledText(fact: StoredFact, names: Names, snapshot: SnapshotFacts | undefined): string {
  const { step, reason } = fact.payload;
  const place = placeText(count(step), snapshot);
  const verb = place === 'out of turn' ? 'Called' : `${place[0]?.toUpperCase()}${place.slice(1)} called`;
  return `${verb} ${calledNames(fact.payload, names)}: ${callReasonText(reason, names)}.`;
}

/** One stored fact of a page in plain words; a kind this release does not know is shown by its name. */
export function factText(fact: StoredFact, names: Names, snapshot: SnapshotFacts | undefined): string {
  const { kind, payload } = fact;
  const by = text(payload['sender']) || names.person(text(payload['by']));
  switch (kind) {
    case 'run-started':
      return `Escalation started: ${startText(payload['why'])}.`;
    case 'called':
      return calledText(fact, names, snapshot);
    case 'target-skipped':
      return `Passed over ${skippedText(payload, names)}.`;
    case 'step-skipped':
      return `${upper(placeText(count(payload['step']), snapshot))} reached nobody (${list(payload['skipped'])
        .map((one) => skippedText(object(one), names))
        .join('; ')}).`;
    case 'round-started':
      return `Round ${count(payload['round']) + 1} began.`;
    case 'nobody-reached':
      return 'Nobody at all could be called; the emergency channel was told.';
    case 'woken-late':
      return `Woke ${count(payload['seconds'])} s late and went on with the present.`;
    case 'acknowledged':
      return `${by} acknowledged it.`;
    case 'helper-joined':
      return `${names.person(text(payload['helper']))} acknowledged too; ${names.person(text(payload['first']))} was first.`;
    case 'acknowledgement-expired':
      return `The acknowledgement of ${names.person(text(payload['acknowledgedBy']))} ran out.`;
    case 'unacknowledged':
      return `${by} gave it back.`;
    case 'snoozed':
      return `${by} snoozed it.`;
    case 'snooze-ended':
      return 'The snooze ended.';
    case 'reassigned':
      return `${by} gave it to ${names.person(text(payload['to']))}.`;
    case 'escalated-by-hand':
      return `${by} escalated it at once.`;
    case 'responder-added':
      return `${by} asked ${names.person(text(payload['user']))} to help.`;
    case 'alerts-joined':
      return `Alerts joined; ${plural(count(payload['count']), 'alert')} firing.`;
    case 'hold-kept':
      return `It fired again while ${names.person(text(payload['holder']))} still had it, so nobody was called.`;
    case 'call-failed':
      return `No message of ${placeText(count(payload['step']), snapshot)} could be delivered (${text(payload['because']).replaceAll('-', ' ')}), so it escalated at once.`;
    case 'noted':
      return `${by} noted: ${text(payload['text'])}`;
    case 'resolved-by-hand':
      return `${by} resolved ${plural(count(payload['resolved']), 'alert')}.`;
    case 'muted':
      return mutedText(payload);
    case 'unmuted':
      return 'Nothing mutes all of it any more.';
    case 'run-ended':
      return `Escalation ended: ${endText(payload['why'], names)}.`;
    default:
      return `${upper(kind.replaceAll('-', ' '))}.`;
  }
}

function mutedText(payload: Payload): string {
  const reasons = list(payload['by']).map((one) => text(object(one)['reason']).replace(/\.$/, ''));
  return reasons.length === 0 ? 'Muted: it calls nobody.' : `Muted, so it calls nobody. ${reasons.join('; ')}.`;
}

/** The first letter large. */
export function upper(sentence: string): string {
  return sentence === '' ? sentence : (sentence[0] as string).toUpperCase() + sentence.slice(1);
}
