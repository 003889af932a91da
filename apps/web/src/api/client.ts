// The one client of the API. Its source lives in contracts and is shared with the CLI.
import { createClient } from '@tocsin/contracts/client';
import { hearServerTime } from '#ui/clock.ts';

export { ApiProblem, type LiveEvent, newIdempotencyKey } from '@tocsin/contracts/client';

/** Speaks to the server that served this page, as who is signed in. */
export const api = createClient({
  baseUrl: '',
  fetch: async (input, init) => {
    const response = await fetch(input, init);
    hearServerTime(response.headers.get('date'));
    return response;
  },
});
