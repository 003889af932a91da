import pg from 'pg';

/** Uses after which a statement is prepared: one-off texts are not worth a plan kept on the server. */
const PREPARE_AFTER = 3;
/** Prepared statements of one connection at most; texts beyond it go unprepared. */
const MOST_PREPARED = 200;

/** Statement texts by how often this process has sent them; shared by all connections. */
const uses = new Map<string, { count: number; name: string | null }>();
let prepared = 0;

/** The name under which a text is prepared; undefined for a text that is (still) rare. */
function nameOf(text: string): string | undefined {
  let use = uses.get(text);
  if (!use) {
    // Texts with lists of varying length would fill the map for ever.
    if (uses.size > 2_000) for (const [rare, { name }] of uses) if (name === null) uses.delete(rare);
    uses.set(text, (use = { count: 0, name: null }));
  }
  use.count += 1;
  if (use.name === null && use.count > PREPARE_AFTER && prepared < MOST_PREPARED) {
    prepared += 1;
    use.name = `s${prepared}`;
  }
  return use.name ?? undefined;
}

/**
 * A client that prepares the statements this process repeats. Planning the intake's statements cost more than running
 * them for single events. A pooler between needs to understand prepared statements (PgBouncer from 1.21 does).
 */
export class PreparingClient extends pg.Client {
  override query(...args: unknown[]): never {
    const [text, values] = args;
    if (typeof text === 'string' && Array.isArray(values)) {
      const name = nameOf(text);
      if (name !== undefined) args.splice(0, 2, { name, text, values });
    }
    return Reflect.apply(super.query, this, args) as never;
  }
}
