import { type ErrorCode, errorRegistry } from '@tocsin/contracts';
import { isUnavailable } from '#platform/db';
import { AppError, type Fault } from '#platform/errors';
import { Overloaded } from '#platform/group-commit';

/** An error answer in the form of RFC 9457, with a stable code and what to do next. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly next: string;
  readonly faults?: readonly Fault[];
  readonly requestId: string;
}

/** A problem with the headers it asks for; `unexpected` is for the log, the reader is told nothing of it. */
export interface ProblemAnswer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  readonly unexpected: boolean;
}

/** The media type of every error answer of our own API. */
export const PROBLEM_TYPE = 'application/problem+json';

const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  DATABASE_UNAVAILABLE: 5,
  OVERLOADED: 5,
  RATE_LIMITED: 10,
};

/** The one mapper from whatever was thrown to an answer. */
export function toProblem(error: unknown, requestId: string): ProblemAnswer {
  const known = asAppError(error);
  const shown = known ?? new AppError('INTERNAL');
  const entry = errorRegistry[shown.code];
  const { faults, retryAfterSeconds } = shown.details;
  const wait = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : RETRY_AFTER_SECONDS[shown.code];
  const problem: Problem = {
    type: `urn:tocsin:error:${shown.code}`,
    title: titleOf(shown.code),
    status: entry.status,
    code: shown.code,
    detail: shown.message,
    next: entry.next,
    ...(Array.isArray(faults) ? { faults: faults as readonly Fault[] } : {}),
    requestId,
  };
  return {
    problem,
    headers: wait === undefined ? {} : { 'retry-after': String(Math.ceil(wait)) },
    unexpected: known === null,
  };
}

/** `ALERT_NOT_FOUND` → `Alert not found`: the same for every occurrence, as the standard asks. */
function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words[0]?.toUpperCase() + words.slice(1);
}

function asAppError(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  if (error instanceof Overloaded) return new AppError('OVERLOADED');
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && code.startsWith('FST_')) return fromFramework(code, error as FrameworkError);
  return isUnavailable(error) ? new AppError('DATABASE_UNAVAILABLE', {}, { cause: error }) : null;
}

interface FrameworkError {
  readonly statusCode?: number;
  readonly limit?: number;
}

/** Errors that the HTTP library raises before a handler runs. */
function fromFramework(code: string, error: FrameworkError): AppError | null {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new AppError('BODY_TOO_LARGE', { limit: error.limit ?? 'allowed' });
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH') return new AppError('NOT_FOUND');
  const byClient = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return byClient ? new AppError('BODY_INVALID', { faults: [] }) : null;
}
