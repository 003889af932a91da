import type { Instant } from '../model.ts';
import type { EmergencyMail, LedgerPorts } from '../ports.ts';
import { speakByWebhook } from './emergency-webhook.ts';
import type { CallOutward } from './outward-call.ts';

/** Something that must be heard although Tocsin may not work. */
export interface Utterance {
  readonly subject: string;
  readonly text: string;
  /** The same for every try. */
  readonly key: string;
  /** Mail addresses beside the configured one: the last resort's. */
  readonly alsoMail: readonly string[];
  readonly now: Instant;
}

/** What became of it: whether at least one way took it, and why others did not. */
export interface Spoken {
  readonly ok: boolean;
  readonly failures: readonly string[];
}

/** The emergency channel: needs no database and no queue. */
export interface Emergency {
  readonly configured: boolean;
  speak(utterance: Utterance): Promise<Spoken>;
  /** The last outcome on this node, for health. */
  last(): { readonly spokeAt: Instant | null; readonly failure: string | null };
}

/** Where to speak; the operator's own addresses. */
export interface EmergencyChannel {
  readonly webhookUrl: string | null;
  readonly mailTo: string | null;
}

/** Builds the channel: every way that is configured is taken at once, and one yes is enough. Never throws. */
export function createEmergency(options: {
  readonly channel: EmergencyChannel;
  readonly call: CallOutward;
  readonly mail: LedgerPorts['mail'];
}): Emergency {
  const { channel, call, mail } = options;
  const byMail = async (letter: EmergencyMail): Promise<string | null> => {
    try {
      const result = await mail?.(letter);
      return result?.ok ? null : `mail: ${result?.reason ?? 'not sent'}`;
    } catch {
      // The other ways must not fail with this one; that it failed is reported.
      return 'mail: failed';
    }
  };
  let last: { spokeAt: Instant | null; failure: string | null } = { spokeAt: null, failure: null };
  return {
    configured: channel.webhookUrl !== null || (channel.mailTo !== null && mail !== null),
    async speak({ subject, text, key, alsoMail, now }) {
      const { webhookUrl, mailTo } = channel;
      const ways: Promise<string | null>[] = [];
      if (webhookUrl !== null)
        ways.push(
          speakByWebhook(call, webhookUrl, text).then((result) => (result.ok ? null : `webhook: ${result.reason}`)),
        );
      const addresses = mail === null ? [] : [...new Set([...(mailTo === null ? [] : [mailTo]), ...alsoMail])];
      for (const [i, to] of addresses.entries()) ways.push(byMail({ to, subject, text, key: `${key}.${i}`, now }));
      const outcomes = await Promise.all(ways);
      const failures = outcomes.filter((outcome) => outcome !== null);
      const ok = outcomes.some((outcome) => outcome === null);
      if (ways.length === 0) failures.push('no emergency channel is configured');
      last = { spokeAt: ok ? now : last.spokeAt, failure: failures[0] ?? null };
      return { ok, failures };
    },
    last: () => last,
  };
}
