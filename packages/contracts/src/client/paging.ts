/** One answer of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Every item of a list, read page by page as they are asked for; at most `most`. */
export async function* everyItem<T>(
  read: (cursor: string | undefined) => Promise<ListPage<T>>,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<T, void> {
  let cursor: string | undefined;
  let given = 0;
  do {
    const page = await read(cursor);
    for (const item of page.items) {
      if (given >= most) return;
      given += 1;
      yield item;
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && given < most);
}
