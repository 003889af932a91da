import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { silentLog } from '#platform/log';
import { type App, createApp } from '#app';
import { readConfig } from '../src/config.ts';
import { createTestDatabase, type TestDatabase } from './harness/database.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object; readonly securitySchemes: object };
}

let dataDir: string;
let database: TestDatabase;
let app: App;
let text: string;
let document: Document;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-openapi-'));
  database = await createTestDatabase();
  const clock = createManualClock(Temporal.Instant.from('2026-11-21T10:00:00Z'));
  const config = readConfig({ env: {}, flags: { dataDir } });
  app = await createApp({ config, connectionString: database.connectionString, log: silentLog(), clock });
  text = (await app.inject({ method: 'GET', url: '/api/v1/openapi.json' })).body;
  document = JSON.parse(text) as Document;
});

afterAll(async () => {
  await app?.stop();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ where: `${method} ${path}`, path, operation })),
  );

test('the whole API is as reviewed; `vitest -u` writes it anew', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../testdata/openapi.json');
});

test('every route that is served by an API address is in it', () => {
  const served = app.routes.map(({ method, url }) => `${method.toLowerCase()} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  expect(
    operations()
      .map(({ where }) => where)
      .sort(),
  ).toEqual(served.sort());
});

test('it is OpenAPI 3.1: ids are unique, path parameters declared, references and security schemes there', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/);
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { where, path, operation } of operations()) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect([where, declared.map(({ name }) => name).sort()]).toEqual([where, named.sort()]);
    expect(declared.every(({ required }) => required)).toBe(true);
    expect(Object.keys(operation.responses).every((status) => /^([1-5]\d\d|default)$/.test(status))).toBe(true);
    expect(Object.values(operation.responses).every(({ description }) => description.length > 0)).toBe(true);
    for (const scheme of operation.security.flatMap(Object.keys))
      expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
  }
  const referred = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name));
  expect([...referred].filter((name) => !Object.hasOwn(document.components.schemas, name as string))).toEqual([]);
  expect([...text.matchAll(/"\$ref":"(?!#\/components\/schemas\/)([^"]+)"/g)]).toEqual([]);
  expect(referred.size).toBeGreaterThan(10);
});
