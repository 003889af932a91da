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

const BEGUN = { command: 'BEGIN', rowCount: null, rows: [] };

/**
 * A client that prepares the statements this process repeats, and waits for fewer answers. Planning the intake's
 * statements cost more than running them for single events. A pooler between needs to understand prepared statements
 * (PgBouncer from 1.21 does).
 *
 * Statements are written as they come, not one after the other's answer (pipeline mode). `begin` answers at once: it
 * travels with the statement that follows, whose error tells what went wrong. A `commit` right after a `commit` gets the
 * answer of the first, so that one can be sent behind a transaction's last statement (one-trip.ts).
 */
export class PreparingClient extends pg.Client {
  #commit: Promise<unknown> | null = null;

  constructor(config: pg.ClientConfig = {}) {
    super({ ...config, pipeline: true });
    // A connection that breaks while no statement waits (behind a `begin` that was answered at once) has nobody else to
    // tell, and an unheard error ends the process. The next statement on it fails, and says why.
    this.on('error', () => {});
  }

  override query(...args: unknown[]): never {
    const [text, values] = args;
    if (text === 'commit') return (this.#commit ??= this.#send(args)) as never;
    this.#commit = null;
    if (text === 'begin') return this.#begin(args) as never;
    if (typeof text === 'string' && Array.isArray(values)) {
      const name = nameOf(text);
      if (name !== undefined) args.splice(0, 2, { name, text, values });
    }
    return this.#send(args) as never;
  }

  async #begin(args: unknown[]): Promise<unknown> {
    // One write for both: the next statement is asked for within this turn.
    const { stream } = this.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
    this.#send(args).catch(() => {});
    return BEGUN;
  }

  #send(args: unknown[]): Promise<unknown> {
    return Reflect.apply(super.query, this, args) as Promise<unknown>;
  }
}
