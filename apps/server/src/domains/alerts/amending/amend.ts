import type { AcceptConfig } from '../describe-alert.ts';
import { describeAlert } from '../describe-alert.ts';
import type { Labels } from '../labels.ts';
import type { AlertChange, Severity } from '../model.ts';

/** What a sender may change of an alert that is stored; identity, groups and times stay. */
export interface AlertText {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** How bad the sender itself says it is; null where its labels say it. */
  readonly severity: Severity | null;
}

/** An alert with its text, as it is stored. */
export interface AmendableAlert {
  readonly id: string;
  readonly integrationId: string;
  readonly status: 'firing' | 'resolved';
  readonly kind: string;
  readonly title: string;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly groupIds: readonly string[];
}

/** A change of text that was decided. */
export interface Amended {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly change: Extract<AlertChange, { kind: 'amended' }>;
  /** It fires and is worse than before: its pages are to be told. */
  readonly isRaised: boolean;
}

/**
 * Decides a change of text. Title and severity follow from the new text by the function that described the alert when
 * it opened, so a route's own severity still wins. Routing is not decided again: the alert stays on its pages.
 */
export function amend(
  alert: AmendableAlert,
  edited: AlertText & { readonly by: string; readonly fields: readonly string[] },
  config: AcceptConfig,
): Amended {
  const { labels, annotations, by, fields } = edited;
  const sender = edited.severity === null ? {} : { severity: edited.severity };
  const { title, severity } = describeAlert(
    { integrationId: alert.integrationId, labels, annotations, ...sender },
    config,
  );
  return {
    id: alert.id,
    title,
    severity,
    labels,
    annotations,
    change: { kind: 'amended', by, fields, severity },
    isRaised: alert.status === 'firing' && severity < alert.severity,
  };
}
