import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configNames, readConfig, takesFile, variableOf } from './config.ts';

const document = readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
/** `| name | variables | default | meaning |`, as the document writes each name. */
const ROW = /^\| `(\w+)` \| `([A-Z_]+)`(?:, `([A-Z_]+)`)? \| (.+?) \| (.+) \|$/gm;
const rows = [...document.matchAll(ROW)].map(([, name = '', variable, fileVariable, standard, meaning]) => ({
  name,
  variable,
  fileVariable,
  standard,
  meaning,
}));
const defaults: Readonly<Record<string, unknown>> = readConfig({ env: {} });

function told(value: unknown): string {
  const text = Array.isArray(value)
    ? value.join(', ')
    : value === undefined
      ? ''
      : `${value as string | number | boolean}`;
  return text === '' ? '—' : `\`${text}\``;
}

describe('docs/configuration.md', () => {
  it('tells every name of the configuration once, in order, and no other', () => {
    expect(rows.map(({ name }) => name)).toEqual(configNames);
  });

  it.each(rows)('tells the variables and the default of $name', ({ name, variable, fileVariable, standard }) => {
    expect(variable).toBe(variableOf(name));
    expect(fileVariable).toBe(takesFile(name) ? `${variableOf(name)}_FILE` : undefined);
    expect(standard).toBe(told(defaults[name]));
  });
});
