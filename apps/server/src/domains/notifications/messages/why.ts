/** Why a person was called, as data: escalation's reason. */
export interface WhyInput {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** What the words need to know besides the reason. */
export interface WhyContext {
  readonly policyName: string | null;
  /** Names by person id. */
  readonly names: ReadonlyMap<string, string>;
}

const HOLDER: Readonly<Record<string, string>> = {
  'acknowledgement-expired': 'Your acknowledgement ran out and it is still firing.',
  'snooze-ended': 'The snooze is over and it is still firing.',
  'new-kind': 'Something new joined the page that you hold.',
  'severity-raised': 'The page that you hold got worse.',
  'urgency-raised': 'The page that you hold became urgent.',
};

/** Says in one sentence why a person was called. A reason it does not know is named as it is stored. */
export function whyMe(reason: WhyInput | null, { policyName, names }: WhyContext): string {
  const policy = policyName === null ? 'the escalation policy' : `the policy “${policyName}”`;
  const by = () => names.get(String(reason?.by)) ?? 'Somebody';
  const round = Number(reason?.round ?? 0) > 0 ? `, round ${Number(reason?.round) + 1}` : '';
  if (reason === null) return 'You were told of this page.';
  switch (reason.kind) {
    case 'policy-step':
      return `Step ${Number(reason.step) + 1} of ${policy} leads to you${round}.`;
    case 'last-resort':
      return 'Nobody before you answered. You are the last resort.';
    case 'repeat':
      return `Nobody has answered yet. ${policyName === null ? 'The last step' : `The last step of ${policy}`} is repeated.`;
    case 'holder-first':
      return HOLDER[String(reason.because)] ?? 'You held this page.';
    case 'reassigned':
      return `${by()} gave this page to you.`;
    case 'responder-added':
      return `${by()} asked you to help.`;
    case 'joined-held':
      return 'You hold this page.';
    default:
      return `Escalation called you (${reason.kind}).`;
  }
}
