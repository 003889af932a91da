import type { InboundEvent } from '#alerts';

/** Takes what are pings of heartbeats out of an integration's events. Filled by app.ts with the heartbeats'. */
export interface PingTaker {
  takePings(
    integrationId: string,
    events: readonly InboundEvent[],
    now: Temporal.Instant,
  ): { readonly rest: readonly InboundEvent[]; readonly pinged: Promise<unknown> };
}

/** What a vendor's protocol may ask of the pages of one alert. */
export type VendorAct =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'unacknowledge' }
  | { readonly kind: 'snooze'; readonly until: Temporal.Instant }
  | { readonly kind: 'escalate' }
  | { readonly kind: 'reassign'; readonly userId: string }
  | { readonly kind: 'add-responder'; readonly userId: string }
  | { readonly kind: 'note'; readonly text: string };

/**
 * Acts on every live page of an alert, for a sender that speaks of alerts and not of pages. `by` names the sender as
 * people read it. `refused`: no page does it, since the person cannot be reached or the time is not allowed. Filled by
 * app.ts with the response stage's.
 */
export interface PageActs {
  act(
    alert: { readonly integrationId: string; readonly identity: string },
    act: VendorAct,
    from: { readonly by: string; readonly now: Temporal.Instant },
  ): Promise<'done' | 'refused' | 'no-open-alert' | 'no-page'>;
}
