import pino from 'pino';
import { redactFields, redactText } from './log-redaction.ts';

/** The process's log: one JSON object a line, secrets removed by name of field and by form (log-redaction.ts). */
export type Logger = pino.Logger;

/** How much is written. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Where lines go; stderr when not given, so that stdout stays the command's answer. */
export interface LogTarget {
  write(line: string): unknown;
}

/** Builds the log. Line ends inside values are escaped by JSON, so nobody can forge a line. */
export function createLog(options: { readonly level: LogLevel; readonly target?: LogTarget }): Logger {
  const target = options.target ?? pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactFields(fields) as Record<string, unknown>,
      },
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    { write: (line) => target.write(redactText(line)) },
  );
}

/** A log that writes nothing, for tests and tools. */
export function silentLog(): Logger {
  return createLog({ level: 'silent', target: { write: () => {} } });
}
