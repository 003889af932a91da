import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

const SEEDED = 'apps/server/src/domains/seeded';
const PLATFORM = 'apps/server/src/platform';
const later = 'async function later(): Promise<number> {\n  return await Promise.resolve(1);\n}\n';

/** One breach of a rule a file: the rule, where it stands, what it says. */
const BREACHES = [
  ['no-floating-promises', 'floating.ts', `${later}export function go(): void {\n  later();\n}\n`],
  [
    'no-floating-promises',
    'floating-wrapped.ts',
    'function wrap<T>(work: () => T): T {\n  return work();\n}\nexport function go(): void {\n  wrap(async () => await Promise.resolve(1));\n}\n',
  ],
  [
    'no-misused-promises',
    'misused.ts',
    `${later}export const go = () => [1].forEach(async () => void (await later()));\n`,
  ],
  ['no-misused-promises', 'condition.ts', `${later}export const go = () => (later() ? 1 : 2);\n`],
  ['await-thenable', 'awaited.ts', 'export const go = async () => await (1 as number);\n'],
  [
    'switch-exhaustiveness-check',
    'switch.ts',
    "export function name(of: 'a' | 'b'): string {\n  switch (of) {\n    case 'a':\n      return 'x';\n  }\n  return 'y';\n}\n",
  ],
  ['no-explicit-any', 'any.ts', 'export const take = (value: any): number => value.x;\n'],
  [
    'consistent-type-imports',
    'type-import.ts',
    "import { Thing } from './thing.ts';\nexport const of = (thing: Thing) => thing.x;\n",
  ],
  ['no-extraneous-class', 'class.ts', 'export class Things {\n  static one(): number {\n    return 1;\n  }\n}\n'],
  ['no-default-export', 'default.ts', 'export default 1;\n'],
  ['no-cycle', 'cycle.ts', "import { b } from './cycle-b.ts';\nexport const a = () => b();\n"],
  ['no-restricted-imports', 'up.ts', "import { now } from '../other/now.ts';\nexport const at = now;\n"],
  ['no-restricted-imports', 'part/far.ts', "import { now } from '../../other/now.ts';\nexport const at = now;\n"],
  ['max-lines', 'long.ts', `${'export {};\n'.repeat(401)}`],
  ['no-restricted-globals', 'date.ts', 'export const at = () => new Date();\n'],
  ['no-restricted-globals', 'date-now.ts', 'export const at = () => Date.now();\n'],
  ['no-restricted-globals', 'timeout.ts', 'export const wait = (work: () => void) => setTimeout(work, 1);\n'],
  ['no-restricted-globals', 'interval.ts', 'export const again = (work: () => void) => setInterval(work, 1);\n'],
  ['no-restricted-globals', 'immediate.ts', 'export const soon = (work: () => void) => setImmediate(work);\n'],
  ['no-restricted-globals', 'performance.ts', 'export const at = () => performance.now();\n'],
  ['no-restricted-properties', 'random.ts', 'export const chance = () => Math.random();\n'],
  ['no-restricted-properties', 'temporal.ts', 'export const at = () => Temporal.Now.instant();\n'],
] as const;

/** Files at their places that no rule may find fault with. */
const CLEAN: Readonly<Record<string, string>> = {
  [`${SEEDED}/thing.ts`]: 'export interface Thing {\n  readonly x: number;\n}\n',
  [`${SEEDED}/part/near.ts`]:
    "import type { Thing } from '../thing.ts';\nexport const of = (thing: Thing) => thing.x;\n",
  'apps/server/src/domains/other/now.ts': 'export const now = (): number => 1;\n',
  [`${PLATFORM}/clock.ts`]:
    'export const at = () => Temporal.Now.instant().add({ seconds: Math.random() + Date.now() });\n',
  [`${PLATFORM}/wait.ts`]: 'export const wait = (work: () => void) => setTimeout(work, performance.now());\n',
  [`${SEEDED}/dated.test.ts`]: "import { now } from '../other/now.ts';\nexport const at = () => new Date(now());\n",
};
const MORE: Readonly<Record<string, string>> = {
  [`${SEEDED}/cycle-b.ts`]: "import { a } from './cycle.ts';\nexport const b = (): number => a();\n",
  'apps/server/src/app.ts': 'export const at = () => new Date();\n',
  [`${PLATFORM}/up.ts`]: "import { now } from '../domains/other/now.ts';\nexport const at = now;\n",
};

/** `path rule` of every fault, in a copy of the tree's shape under the repository's own rules. */
let found: ReadonlySet<string>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-lint-'));
  await copyFile(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  const { compilerOptions } = await import('../../../tsconfig.base.json', { with: { type: 'json' } }).then(
    (m) => m.default,
  );
  const tsconfig = JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] }, include: ['apps'] });
  const files = { ...CLEAN, ...MORE, 'tsconfig.json': tsconfig };
  for (const [, file, text] of BREACHES) await write(`${SEEDED}/${file}`, text);
  for (const [file, text] of Object.entries(files)) await write(file, text);
  found = await lint();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

function lint(): Promise<ReadonlySet<string>> {
  const args = ['--type-aware', '--format=json', '.'];
  return new Promise((resolve, reject) => {
    execFile(join(root, 'node_modules/.bin/oxlint'), args, { cwd: folder, maxBuffer: 1 << 24 }, (_status, out, err) => {
      if (!out.startsWith('{')) return reject(new Error(`oxlint answered no report: ${out}${err}`));
      const { diagnostics } = JSON.parse(out) as { diagnostics: { code: string; filename: string }[] };
      resolve(new Set(diagnostics.map(({ code, filename }) => `${filename} ${/\((.*)\)/.exec(code)?.[1]}`)));
    });
  });
}

describe('the linter', () => {
  it.each(BREACHES)('finds %s in %s', (rule, file) => {
    expect([...found].filter((fault) => fault.startsWith(`${SEEDED}/${file} `))).toContain(`${SEEDED}/${file} ${rule}`);
  });

  it('finds clocks at the composition and ways out of the platform', () => {
    expect(found).toContain('apps/server/src/app.ts no-restricted-globals');
    expect(found).toContain(`${PLATFORM}/up.ts no-restricted-imports`);
  });

  it('finds nothing where the rule does not hold', () => {
    expect([...found].filter((fault) => Object.keys(CLEAN).includes(fault.split(' ')[0] as string))).toEqual([]);
  });
});
