/** What stands in a log where a secret was. */
export const REDACTED = '[redacted]';

/** Names of fields whose value is a secret, wherever they stand (compared without case, `_` and `-`). */
const SECRET_NAMES = new Set([
  'authorization',
  'cookie',
  'setcookie',
  'password',
  'newpassword',
  'currentpassword',
  'passwordhash',
  'secret',
  'previoussecret',
  'secretkey',
  'token',
  'sessiontoken',
  'apikey',
  'integrationkey',
  'routingkey',
  'keyhash',
  'connectionstring',
  'databaseurl',
  'databasedirecturl',
  'idempotencykey',
]);

/** Deeper values are dropped: a log line is no place for a document. */
const DEEPEST = 8;

/** A copy without the values of secret fields; the input is left alone. Errors keep message and stack. */
export function redactFields(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth >= DEEPEST) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => redactFields(item, depth + 1));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const secret = SECRET_NAMES.has(name.replaceAll(/[_-]/g, '').toLowerCase());
    copy[name] = secret && field !== null && field !== undefined ? REDACTED : redactFields(field, depth + 1);
  }
  return copy;
}

/** Forms that give a secret away in any text: in messages, stacks, addresses, statements. */
const SECRET_FORMS: readonly (readonly [RegExp, string])[] = [
  [/tocsin_[A-Za-z0-9_-]{16,}/g, `tocsin_${REDACTED}`],
  [/(:\/\/[^/\s:@"]*:)[^@\s"]+@/g, `$1${REDACTED}@`],
  [/\b(Bearer|Basic|GenieKey)(\s+|\s*token=)[^\s"\\,]+/gi, `$1 ${REDACTED}`],
  [/\$argon2[a-z]*\$[^\s"]+/g, REDACTED],
  // An integration's key, and the token of a link in a message, as parts of a path.
  [/\/[a-z0-9]{32}(?![A-Za-z0-9])/g, `/${REDACTED}`],
  [/\/a\/[A-Za-z0-9_-]{12,}/g, `/a/${REDACTED}`],
  [/([?&](?:key|token|secret|password|api_key|routing_key)=)[^&\s"]+/gi, `$1${REDACTED}`],
];

/** The text without secrets of known form. */
export function redactText(text: string): string {
  let clean = text;
  for (const [form, substitute] of SECRET_FORMS) clean = clean.replaceAll(form, substitute);
  return clean;
}
