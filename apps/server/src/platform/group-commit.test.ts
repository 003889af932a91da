import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGroupCommit, Overloaded } from './group-commit.ts';

interface Item {
  readonly key: string;
  readonly n: number;
}

/** An error as PostgreSQL's driver throws it. */
const sqlError = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code });

/** A flush that ends only when the test says so, in the order it likes. */
function heldFlushes() {
  const calls: {
    readonly items: readonly Item[];
    readonly commit: () => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  const flush = (items: readonly Item[]) =>
    new Promise<void>((resolve, reject) => calls.push({ items, commit: resolve, fail: reject }));
  return { calls, flush };
}

const keyOf = (item: Item) => item.key;
const item = (key: string, n = 0): Item => ({ key, n });
const many = (count: number, key: (i: number) => string = String): readonly Item[] =>
  Array.from({ length: count }, (_, i) => item(key(i), i));
/** Lets every promise that can go on do so. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('when flushes run', () => {
  test('the first begins at once, what comes meanwhile goes together into the next', async () => {
    const { calls, flush } = heldFlushes();
    const commit = createGroupCommit({ flush, keyOf });
    const first = commit.submit([item('a')]);
    void commit.submit([item('b')]);
    void commit.submit([item('c')]);
    expect(calls.map(({ items }) => items.length)).toEqual([1]);
    calls[0]?.commit();
    expect(await first).toEqual([]);
    await turn();
    expect(calls.map(({ items }) => items.map(keyOf))).toEqual([['a'], ['b', 'c']]);
  });

  test('nothing to store is stored at once', async () => {
    const { calls, flush } = heldFlushes();
    expect(await createGroupCommit({ flush, keyOf }).submit([])).toEqual([]);
    expect(calls).toEqual([]);
  });

  test('a second flush runs beside the first when 128 wait, never a third', () => {
    const { calls, flush } = heldFlushes();
    const commit = createGroupCommit({ flush, keyOf });
    void commit.submit([item('first')]);
    void commit.submit(many(127));
    expect(calls).toHaveLength(1);
    void commit.submit([item('128th')]);
    expect(calls.map(({ items }) => items.length)).toEqual([1, 128]);
    void commit.submit(many(500, (i) => `third${i}`));
    expect(calls).toHaveLength(2);
    expect(commit.waiting).toBe(500);
  });

  test('one flush takes 2,000 items at most', () => {
    const { calls, flush } = heldFlushes();
    void createGroupCommit({ flush, keyOf }).submit(many(4_500));
    expect(calls.map(({ items }) => items.length)).toEqual([2_000, 2_000]);
  });

  test('idle resolves when nothing waits and nothing is being written', async () => {
    const { calls, flush } = heldFlushes();
    const commit = createGroupCommit({ flush, keyOf });
    await commit.idle();
    void commit.submit([item('a')]);
    void commit.submit([item('b')]);
    let idle = false;
    const waiting = commit.idle().then(() => {
      idle = true;
    });
    calls[0]?.commit();
    await turn();
    expect(idle).toBe(false);
    calls[1]?.commit();
    await waiting;
  });

  test('more than 50,000 waiting are refused as overload, whole, and what waits stands', async () => {
    const { flush } = heldFlushes();
    const commit = createGroupCommit({ flush, keyOf });
    void commit.submit([item('running')]);
    void commit.submit(many(50_000 - 10, () => 'running'));
    await expect(commit.submit(many(11))).rejects.toBeInstanceOf(Overloaded);
    expect(commit.waiting).toBe(50_000 - 10);
    void commit.submit(many(10, () => 'running'));
    expect(commit.waiting).toBe(50_000);
  });
});

describe('what a caller is told', () => {
  test('a caller whose items went into several flushes is told when the last is committed', async () => {
    const { calls, flush } = heldFlushes();
    const commit = createGroupCommit({ flush, keyOf });
    let settled = false;
    const done = commit.submit(many(2_500)).then(() => {
      settled = true;
    });
    calls[0]?.commit();
    await turn();
    expect(settled).toBe(false);
    calls[1]?.commit();
    await done;
  });

  test('a database that is gone fails every caller of the flush and nobody else', async () => {
    const { calls, flush } = heldFlushes();
    const commit = createGroupCommit({ flush, keyOf });
    const first = commit.submit([item('a')]);
    const second = commit.submit([item('b')]);
    calls[0]?.fail(sqlError('57P01'));
    await expect(first).rejects.toMatchObject({ code: '57P01' });
    await turn();
    calls[1]?.commit();
    expect(await second).toEqual([]);
  });

  /** Refuses every flush that holds one of these items, and remembers what it committed. */
  function poisonedBy(poison: ReadonlySet<number>, code: string) {
    const committed: number[] = [];
    let flushes = 0;
    const flush = async (items: readonly Item[]) => {
      flushes += 1;
      await turn();
      if (items.some(({ n }) => poison.has(n))) throw sqlError(code);
      committed.push(...items.map(({ n }) => n));
    };
    return { committed, flush, flushes: () => flushes };
  }

  test('an item refused for its data is found by halving, in 2 × log2(n) + 1 flushes; its neighbours are committed', async () => {
    const { committed, flush, flushes } = poisonedBy(new Set([300]), '22P05');
    const refused = await createGroupCommit({ flush, keyOf }).submit(many(1_024));
    expect(refused.map(({ item: bad }) => bad.n)).toEqual([300]);
    expect(refused[0]?.cause).toMatchObject({ code: '22P05' });
    expect(committed).toEqual(
      many(1_024)
        .map(({ n }) => n)
        .filter((n) => n !== 300),
    );
    expect(flushes()).toBe(21);
  });

  test.each(['22021', '22P05', '54000', '23502', '23514'])('SQLSTATE %s blames the item', async (code) => {
    const { flush } = poisonedBy(new Set([1]), code);
    expect(await createGroupCommit({ flush, keyOf }).submit(many(3))).toHaveLength(1);
  });

  // A refusal is answered 4xx and its sender drops the alert for ever: a race must never look like one.
  test.each(['23505', '23503', '23P01'])(
    'SQLSTATE %s may be a race: neighbours are committed, its caller is told to come again',
    async (code) => {
      const { committed, flush } = poisonedBy(new Set([1]), code);
      const commit = createGroupCommit({ flush, keyOf });
      void commit.submit([item('running', 9)]);
      const callers = await Promise.allSettled([
        commit.submit([item('a', 0)]),
        commit.submit([item('b', 1)]),
        commit.submit([item('c', 2)]),
      ]);
      expect(callers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(committed).toEqual([9, 0, 2]);
    },
  );

  test.each(['40P01', '08006', '53300', '57014', 'XX000', '42601'])(
    'SQLSTATE %s blames no item: the caller fails',
    async (code) => {
      const { flush } = poisonedBy(new Set([1]), code);
      await expect(createGroupCommit({ flush, keyOf }).submit(many(3))).rejects.toMatchObject({ code });
    },
  );

  test('whatever is poisoned, exactly that is refused and all else is committed', async () => {
    const batch = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), bad: fc.boolean() }), {
      minLength: 1,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (callers) => {
        const poison = new Set(
          callers.flatMap((items, c) => items.flatMap(({ bad }, i) => (bad ? [c * 100 + i] : []))),
        );
        const { committed, flush } = poisonedBy(poison, '22P05');
        const commit = createGroupCommit({ flush, keyOf });
        const answers = await Promise.all(
          callers.map((items, c) => commit.submit(items.map(({ key }, i) => item(key, c * 100 + i)))),
        );
        answers.forEach((refused, c) => {
          const own = callers[c]?.flatMap(({ bad }, i) => (bad ? [c * 100 + i] : []));
          expect(refused.map(({ item: { n } }) => n)).toEqual(own);
        });
        const all = callers.flatMap((items, c) => items.map((_, i) => c * 100 + i));
        expect([...committed].sort((a, b) => a - b)).toEqual(all.filter((n) => !poison.has(n)));
      }),
      { numRuns: 60 },
    );
  });
});

test('items of one key are written in their order, and never in two flushes at once', async () => {
  const keys = fc.array(fc.constantFrom('a', 'b', 'c', ...many(60).map(keyOf)), { minLength: 1, maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(keys, { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fc.nat({ max: 3 })),
      async (callers, delays) => {
        const inFlight = new Map<string, number>();
        const written = new Map<string, number[]>();
        let flushNumber = 0;
        let parallel = 0;
        const flush = async (items: readonly Item[]) => {
          flushNumber += 1;
          const own = flushNumber;
          parallel += 1;
          expect(parallel).toBeLessThanOrEqual(2);
          for (const { key } of items) {
            expect(inFlight.get(key) ?? own).toBe(own);
            inFlight.set(key, own);
          }
          for (let turns = delays.next().value as number; turns >= 0; turns -= 1) await turn();
          for (const { key, n } of items) written.set(key, [...(written.get(key) ?? []), n]);
          for (const { key } of items) inFlight.delete(key);
          parallel -= 1;
        };
        const commit = createGroupCommit({ flush, keyOf });
        let n = 0;
        const sent = callers.map((names) => names.map((key) => item(key, n++)));
        await Promise.all(sent.map((items) => commit.submit(items)));
        for (const [key, order] of written)
          expect(order).toEqual(
            sent
              .flat()
              .filter((one) => one.key === key)
              .map((one) => one.n),
          );
        expect([...written.values()].flat()).toHaveLength(n);
      },
    ),
    { numRuns: 60 },
  );
});

test('what waits for its key keeps its place before what came later', async () => {
  const { calls, flush } = heldFlushes();
  const commit = createGroupCommit({ flush, keyOf });
  void commit.submit([item('k', 1)]);
  void commit.submit([item('k', 2), ...many(1_999, (i) => `other${i}`), item('k', 3)]);
  expect(calls.map(({ items }) => items.length)).toEqual([1, 1_999]);
  calls[0]?.commit();
  calls[1]?.commit();
  await turn();
  expect(calls[2]?.items).toEqual([item('k', 2), item('k', 3)]);
});
