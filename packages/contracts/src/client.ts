import { accessCalls, alertCalls, oncallCalls, operationCalls, pageCalls } from './client/calls.ts';
import { type ClientOptions, createHttp } from './client/http.ts';
import { importCalls } from './client/import-calls.ts';
import { followLive, type LiveOptions } from './client/live.ts';

export { ApiProblem, exitCodeOf } from './client/api-problem.ts';
export { newIdempotencyKey } from './client/http.ts';
export type { LiveEvent } from './client/live.ts';
export { everyItem } from './client/paging.ts';

/**
 * A client of the API, for browsers and Node alike. Every call answers what its contract says (unknown fields left
 * out) or throws an ApiProblem.
 */
export function createClient(options: ClientOptions) {
  const http = createHttp(options);
  return {
    access: accessCalls(http),
    alerts: alertCalls(http),
    pages: pageCalls(http),
    oncall: oncallCalls(http),
    operations: operationCalls(http),
    imports: importCalls(http),
    /** Follows what changes; see `followLive`. */
    live: (live: LiveOptions) => followLive(http, live),
  };
}

/** A client of the API. */
export type Client = ReturnType<typeof createClient>;
