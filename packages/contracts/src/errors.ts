import { accessErrors } from './errors/access.ts';
import { alertErrors } from './errors/alerts.ts';
import { catalogErrors } from './errors/catalog.ts';
import { checkErrors } from './errors/checks.ts';
import { escalationErrors } from './errors/escalation.ts';
import { integrationErrors } from './errors/integrations.ts';
import { notificationErrors } from './errors/notifications.ts';
import { oncallErrors } from './errors/oncall.ts';
import { platformErrors } from './errors/platform.ts';
import { routingErrors } from './errors/routing.ts';
import { silenceErrors } from './errors/silences.ts';
import { webhookErrors } from './errors/webhooks.ts';

/** One entry of the error registry: what went wrong for the reader, and what to do next. */
export interface ErrorEntry {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Message; `{name}` is replaced by the detail of that name. */
  readonly message: string;
  /** What the reader can do next. */
  readonly next: string;
  /** Exit code of the CLI when this is why it failed (documented in docs/errors.md). */
  readonly exit: number;
}

/** Every stable error code of Tocsin. A test walks this registry and docs/errors.md both ways. */
export const errorRegistry = {
  ...platformErrors,
  ...accessErrors,
  ...catalogErrors,
  ...checkErrors,
  ...escalationErrors,
  ...integrationErrors,
  ...routingErrors,
  ...silenceErrors,
  ...alertErrors,
  ...oncallErrors,
  ...notificationErrors,
  ...webhookErrors,
} as const satisfies Record<string, ErrorEntry>;

/** A stable error code, e.g. `ALERT_NOT_FOUND`. */
export type ErrorCode = keyof typeof errorRegistry;
