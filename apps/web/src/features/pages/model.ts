import type { api } from '#api/client.ts';

type Pages = (typeof api)['pages'];

/** A page in a list, as the API tells it. */
export type PageRow = Awaited<ReturnType<Pages['list']>>['items'][number];

/** A page with its chain and its alerts. */
export type PageDetail = Awaited<ReturnType<Pages['get']>>;

/** One link of the chain. */
export type ChainLink = PageDetail['chain']['links'][number];

/** One fact under a link. */
export type ChainEntry = ChainLink['entries'][number];
