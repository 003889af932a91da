import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '../src');

/** Domains by stage, earliest first: a later stage may import an earlier one, never the other way round. */
const STAGES: readonly (readonly string[])[] = [
  ['audit', 'access', 'catalog'],
  ['routing', 'silences', 'alerts', 'changes', 'integrations', 'checks'],
  ['oncall', 'notifications', 'escalation'],
  ['ledger', 'webhooks', 'demo'],
];
/** File names that may have effects; every other file of a domain is a pure decision. */
const EFFECTS = /(^|\/)(store|search|service|routes|jobs|index)\.ts$|\/adapters\//;
/** What a pure file may name besides files of its own folder. */
const PURE_PACKAGES = new Set([
  '@tocsin/contracts',
  'ical.js',
  'node:crypto',
  're2js',
  'rrule-temporal',
  'yaml',
  'zod',
]);
/** Pure helpers of the platform, and types of it, which vanish when run. */
const PURE_PLATFORM = new Set([
  '#platform/clock',
  '#platform/html',
  '#platform/http/actor',
  '#platform/egress-addresses',
]);

interface Import {
  readonly file: string;
  readonly name: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && !/\.(test|oracle|property\.test|db\.test)\.ts$|testkit/.test(file));
}

function importsOf(file: string, text: string): readonly Import[] {
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/g);
  return [...found].map(([, type, name]) => ({ file, name: name as string, typeOnly: type !== undefined }));
}

const domainOf = (file: string) => /^domains\/([^/]+)\//.exec(file)?.[1] ?? null;
const stageOf = (domain: string) => STAGES.findIndex((stage) => stage.includes(domain));

/** Every breach of house-style sections 2 and 3 among these imports, as text. */
export function breaches(imports: readonly Import[]): readonly string[] {
  return imports.flatMap((found) =>
    [...directionFaults(found), ...purityFaults(found)].map((fault) => `${found.file}: ${fault} (${found.name})`),
  );
}

function directionFaults({ file, name, typeOnly }: Import): readonly string[] {
  const from = domainOf(file);
  if (name.startsWith('.')) {
    const target = relative(src, resolve(src, dirname(file), name));
    if (from && !target.startsWith(`domains/${from}/`)) return ['leaves its domain by a relative path'];
    if (!from && file.startsWith('platform/') && !target.startsWith('platform/'))
      return ['leaves the platform by a relative path'];
    return [];
  }
  const to = /^#([a-z]+)$/.exec(name)?.[1];
  if (!to || to === 'platform') return [];
  if (stageOf(to) === -1) return ['imports a domain that has no stage'];
  if (file.startsWith('platform/')) return ['the platform knows no domain'];
  if (!from) return [];
  if (from === to) return ['imports its own index'];
  if (stageOf(to) > stageOf(from)) return ['imports a later stage'];
  return typeOnly || stageOf(to) < stageOf(from) || inOrder(to, from)
    ? []
    : ['imports a neighbour that stands after it in its stage'];
}

function inOrder(to: string, from: string): boolean {
  const stage = STAGES[stageOf(from)] as readonly string[];
  return stage.indexOf(to) < stage.indexOf(from);
}

function purityFaults({ file, name, typeOnly }: Import): readonly string[] {
  if (!domainOf(file) || EFFECTS.test(file) || typeOnly) return [];
  if (name.startsWith('.'))
    return /\/(store|search|service|routes|jobs)\.ts$/.test(name) || name.includes('adapters/')
      ? ['a pure file imports an effect']
      : [];
  if (PURE_PACKAGES.has(name) || PURE_PLATFORM.has(name) || /^#[a-z]+$/.test(name)) return [];
  return ['a pure file imports what has effects'];
}

describe('the architecture', () => {
  const files = sources(src);
  const imports = files.flatMap((file) => importsOf(file, readFileSync(join(src, file), 'utf8')));

  it('has domains, imports and files to check', () => {
    expect(files.length).toBeGreaterThan(80);
    expect(imports.length).toBeGreaterThan(300);
  });

  it('keeps the direction of stages and the purity of decisions', () => {
    expect(breaches(imports)).toEqual([]);
  });

  it('gives every domain folder a stage', () => {
    const folders = readdirSync(join(src, 'domains'));
    expect(folders.filter((folder) => stageOf(folder) === -1)).toEqual([]);
  });

  it('composes in app.ts and its compose-*.ts only: no other file outside the domains names two of them', () => {
    const outside = imports.filter(
      ({ file, name }) => !domainOf(file) && /^#[a-z]+$/.test(name) && !/^(app|compose-[a-z]+)\.ts$/.test(file),
    );
    expect(outside).toEqual([]);
  });

  it.each([
    ['a later stage', { file: 'domains/alerts/store.ts', name: '#escalation', typeOnly: false }],
    ['a later stage, even by type', { file: 'domains/alerts/model.ts', name: '#escalation', typeOnly: true }],
    ['a domain from the platform', { file: 'platform/db.ts', name: '#alerts', typeOnly: false }],
    ['another folder by path', { file: 'domains/alerts/model.ts', name: '../routing/model.ts', typeOnly: false }],
    ['the database in a pure file', { file: 'domains/alerts/grouping.ts', name: '#platform/db', typeOnly: false }],
    ['a store in a pure file', { file: 'domains/alerts/grouping.ts', name: './store.ts', typeOnly: false }],
    [
      'a Node built-in with effects in a pure file',
      { file: 'domains/alerts/grouping.ts', name: 'node:fs', typeOnly: false },
    ],
  ])('refuses %s', (_what, seeded) => {
    expect(breaches([seeded])).toHaveLength(1);
  });
});
