import { describe, expect, test } from 'vitest';
import { type ErrorEntry, errorRegistry } from './errors.ts';

const entries: readonly (readonly [string, ErrorEntry])[] = Object.entries<ErrorEntry>(errorRegistry).sort(
  ([a], [b]) => (a < b ? -1 : 1),
);
const cell = (text: string) => text.replaceAll('|', '\\|');

/** docs/errors.md as the registry says it. */
function document(): string {
  const rows = entries.map(
    ([code, { status, exit, message, next }]) =>
      `| \`${code}\` | ${status} | ${exit} | ${cell(message)} | ${cell(next)} |`,
  );
  return `# Errors

<!-- Made from packages/contracts/src/errors; after a change there: npx vitest run --project unit packages/contracts -u -->

Every error answer of the API is a problem document (RFC 9457, \`application/problem+json\`):
\`{ type, title, status, code, detail, next, faults?, requestId }\`. \`code\` is stable; \`detail\` is for people and may be
reworded; \`faults\` lists every fault of the input at once, each with a dotted path. \`{name}\` stands for a detail.

The command line exits with: 0 done · 1 failed on our side · 2 wrong use or input · 3 not allowed · 4 not found ·
5 in conflict with what is stored · 75 try again later.

| Code | Status | Exit | What it says | What to do next |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

test('docs/errors.md tells every code, and none that is gone', async () => {
  await expect(document()).toMatchFileSnapshot('../../../docs/errors.md');
});

describe('the registry', () => {
  test.each(entries)('%s says what is wrong and what to do, in sentences', (code, { status, exit, message, next }) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/);
    expect(message).toMatch(/^[A-Z].*[.}:]$/);
    expect(next).toMatch(/^[A-Z`].*[.]$/);
    expect([400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 501, 503]).toContain(status);
    expect([1, 2, 3, 4, 5, 75]).toContain(exit);
  });

  test.each(entries)('the exit code of %s goes with its status', (_, { status, exit }) => {
    const expected = { 401: [3], 403: [3], 404: [4], 409: [5], 429: [75], 503: [75] }[status as number] ?? [1, 2, 4, 5];
    expect(expected).toContain(exit);
  });
});
