import type { Stale } from './live-state.ts';

/** Names of what the query cache holds; a prefix names all below it. */
export const keysOf = {
  me: ['me'],
  setup: ['setup'],
  people: ['people'],
  pages: ['pages'],
  page: (id: string) => ['pages', 'one', id],
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
