import type { Stale } from './live-state.ts';

/** Names of what the query cache holds; a prefix names all below it. */
export const keysOf = {
  me: ['me'],
  setup: ['setup'],
  people: ['people'],
  pages: ['pages'],
  /** By its id, or by its number as links in messages name it: a hint names the id alone, so numbers are kept apart. */
  page: (given: string) => ['pages', /^\d+$/.test(given) ? 'by-number' : 'one', given],
  alerts: ['alerts'],
  alert: (id: string) => ['alerts', 'one', id],
  oncall: ['oncall'],
  integrations: ['integrations'],

  /** What a hint makes stale. A kind that this release does not know may touch anything. */
  stale({ kind, id }: Exclude<Stale, 'everything'>): readonly (readonly string[])[] {
    switch (kind) {
      case 'page':
      case 'notification':
        return id === null || kind === 'notification'
          ? [['pages']]
          : [
              ['pages', 'list'],
              ['pages', 'one', id],
              ['pages', 'by-number'],
            ];
      case 'alerts':
        return [['alerts'], ['pages']];
      case 'config':
        return [['oncall'], ['people'], ['integrations'], ['me']];
      case 'health':
        return [];
      default:
        return [[]];
    }
  },
} as const;
