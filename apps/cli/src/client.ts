// The one client of the API. Its source lives in contracts and is shared with the web app.
export {
  ApiProblem,
  type Client,
  createClient,
  everyItem,
  exitCodeOf,
} from '@tocsin/contracts/client';
