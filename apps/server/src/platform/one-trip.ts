import { CompiledQuery, type RawBuilder } from 'kysely';
import type { Trx } from './db.ts';

/** Rows of several statements, each in its statement's place. */
type RowsOf<Rows extends readonly unknown[]> = { readonly [At in keyof Rows]: readonly Rows[At][] };
type Statements<Rows extends readonly unknown[]> = {
  readonly [At in keyof Rows]: RawBuilder<Rows[At]> | Fixed<Rows[At]>;
};

/** A statement whose text is made once: building and hashing three kilobytes of SQL for each flush cost 40 µs of it. */
export interface Fixed<Row> {
  readonly query: CompiledQuery<Row>;
}

/** Makes a statement of a constant text with `$1`, `$2`, … for its values. */
export function fixed<Row>(text: string): (...values: readonly unknown[]) => Fixed<Row> {
  return (...values) => ({ query: CompiledQuery.raw(text, [...values]) as CompiledQuery<Row> });
}

/**
 * Sends statements of a transaction together and answers their rows in order: one wait where each alone would be one.
 * They run one after the other; when one fails the rest are not run and its error is thrown.
 */
export function inOneTrip<const Rows extends readonly unknown[]>(
  trx: Trx,
  statements: Statements<Rows>,
): Promise<RowsOf<Rows>> {
  return trx.getExecutor().provideConnection(async (connection) => {
    const answers = statements.map((statement) =>
      connection.executeQuery('query' in statement ? statement.query : statement.compile(trx)),
    );
    return (await Promise.all(answers)).map(({ rows }) => rows) as unknown as RowsOf<Rows>;
  });
}

/**
 * Sends the last statement of a transaction with its COMMIT. Nothing may be sent or thrown behind it in the
 * transaction's callback: it may be committed already. When the statement fails nothing is committed.
 */
export async function commitWith(trx: Trx, statement: RawBuilder<unknown>): Promise<void> {
  await trx.getExecutor().provideConnection(async (connection) => {
    const written = connection.executeQuery(statement.compile(trx));
    // Its answer is heard by the COMMIT that ends the callback: the client sends that one only once.
    connection.executeQuery(CompiledQuery.raw('commit')).catch(() => {});
    await written;
  });
}
