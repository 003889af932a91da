import { type ErrorCode, errorRegistry } from '@tocsin/contracts';

/** One fault of an input: a dotted path and what is wrong there; in a text that was sent also where it stands. */
export interface Fault {
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** Details that fill the message's placeholders; `faults` are listed in the answer. */
export type ErrorDetails = Readonly<Record<string, string | number | readonly Fault[]>>;

/** An error with a stable code from the registry. The one HTTP mapper turns it into problem+json. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(fill(errorRegistry[code].message, details), options);
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }
}

function fill(template: string, details: ErrorDetails): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = details[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  });
}
