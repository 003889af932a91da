import { id, pageOf, pagingFields } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from './openapi.ts';
import { route } from './route.ts';

const thing = z.strictObject({ id, name: z.string() }).meta({ id: 'Thing' });
const list = route({
  method: 'GET',
  url: '/api/v1/things',
  permission: 'alerts:read',
  summary: 'List things',
  tag: 'things',
  query: z.strictObject({ ...pagingFields }),
  answers: { 200: pageOf(thing) },
  handle: async () => ({ status: 200 }),
});
const change = route({
  method: 'PATCH',
  url: '/api/v1/things/:id',
  permission: 'routing:write',
  summary: 'Change a thing',
  tag: 'things',
  params: z.strictObject({ id }),
  body: z.strictObject({ name: z.string().optional() }),
  answers: { 200: thing, 204: null },
  handle: async () => ({ status: 204 }),
});

test('the document is as reviewed', async () => {
  await expect(`${JSON.stringify(openApiDocument([change, list]), null, 2)}\n`).toMatchFileSnapshot(
    'testdata/openapi-sample.json',
  );
});

test('two different schemas of one name are refused', () => {
  const other = z.strictObject({ id }).meta({ id: 'Fault2' });
  const same = z.strictObject({ name: z.string() });
  const named = openApiDocument([{ ...list, answers: { 200: other } }]);
  expect(JSON.stringify(named)).toContain('#/components/schemas/Fault2');
  z.globalRegistry.remove(thing);
  z.globalRegistry.add(same, { id: 'Fault2' });
  expect(() => openApiDocument([{ ...list, answers: { 200: other, 201: same } }])).toThrow(/Fault2/);
});
