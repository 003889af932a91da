import { ApiProblem, exitCodeOf } from '../client.ts';
import { UsageError } from '../usage-error.ts';
import { clean } from './clean.ts';
import { lines } from './text.ts';

/** Why a command failed, for people: what, where, what to do next. */
export function problemText(error: unknown): string {
  if (error instanceof ApiProblem) {
    const { code, detail, next, faults, requestId, status } = error.facts;
    return lines([
      `tocsin: ${clean(detail)} [${code}]`,
      ...faults.map(({ path, message }) => `  ${clean(path)}: ${clean(message)}`),
      ...(next === '' ? [] : [`  ${clean(next)}`]),
      ...(requestId !== null && status >= 500 ? [`  request ${clean(requestId)}`] : []),
    ]);
  }
  if (error instanceof UsageError) return lines([`tocsin: ${error.message}`, `  ${error.next}`]);
  return lines([`tocsin: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]);
}

/** The same for other programs (`--json`): the problem as data. */
export function problemData(error: unknown): unknown {
  if (error instanceof ApiProblem) return { problem: error.facts };
  if (error instanceof UsageError) return { problem: { code: 'USAGE', detail: error.message, next: error.next } };
  return { problem: { code: 'INTERNAL', detail: error instanceof Error ? error.message : String(error) } };
}

/** The exit code of a failure: the error registry's, 2 for wrong use. */
export function exitOf(error: unknown): number {
  if (error instanceof ApiProblem) return exitCodeOf(error.code);
  return error instanceof UsageError ? 2 : 1;
}
