/** Why the embedded PostgreSQL cannot be started; closed, so that the edge can map each to an exit code. */
export type PostgresErrorCode =
  | 'POSTGRES_BINARIES_MISSING'
  | 'POSTGRES_BINARIES_INCOMPLETE'
  | 'POSTGRES_ROOT_UNSUPPORTED'
  | 'POSTGRES_DATA_DIR_IN_USE'
  | 'POSTGRES_DATA_DIR_UNUSABLE'
  | 'POSTGRES_VERSION_MISMATCH'
  | 'POSTGRES_PASSWORD_REFUSED'
  | 'POSTGRES_INITDB_FAILED'
  | 'POSTGRES_START_FAILED'
  | 'POSTGRES_START_TIMEOUT';

/** An error whose message says what to do next. */
export interface PostgresError extends Error {
  readonly code: PostgresErrorCode;
}

/** Makes a `PostgresError`. */
export function postgresError(code: PostgresErrorCode, message: string, cause?: unknown): PostgresError {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code });
}

/** The `code` of a system error or SQLSTATE of a database error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
