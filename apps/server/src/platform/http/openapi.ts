import { problem } from '@tocsin/contracts';
import { z } from 'zod';
import { isPermission } from './admission.ts';
import { takesKey } from './api-route.ts';
import { strictly } from './input.ts';
import type { Route } from './route.ts';

type Schema = { [key: string]: unknown };

/**
 * The OpenAPI 3.1 document of our own API, made from the routes alone. Schemas with `.meta({ id })` become named
 * components; two different schemas of one name, and an input schema that lets unknown keys pass, are refused.
 */
export function openApiDocument(routes: readonly Route[]): Schema {
  const components: Record<string, Schema> = {};
  const paths: Record<string, Schema> = {};
  const problemRef = schemaOf(problem, 'output', { components, where: 'Problem' });
  for (const route of [...routes].sort(byAddress)) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    const entry = (paths[path] ??= {});
    const method = route.method.toLowerCase();
    if (entry[method]) throw new Error(`${route.method} ${route.url} stands twice`);
    entry[method] = operationOf(route, components, problemRef);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tocsin',
      version: '1',
      description: 'Errors are RFC 9457 problems with stable codes. Lists are paged by an opaque cursor.',
    },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `tocsin_…`.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'tocsin',
          description: 'Set by signing in (`__Host-tocsin` over https).',
        },
      },
    },
  };
}

function byAddress(a: Route, b: Route): number {
  return a.url === b.url ? (a.method < b.method ? -1 : 1) : a.url < b.url ? -1 : 1;
}

function operationOf(route: Route, components: Record<string, Schema>, problemRef: Schema): Schema {
  const where = `${route.method} ${route.url}`;
  const out = { components, where };
  const parameters = [
    ...parametersOf(route.params, 'path', out),
    ...parametersOf(route.query, 'query', out),
    ...(takesKey(route) && isPermission(route.permission) ? [IDEMPOTENCY_PARAMETER] : []),
  ];
  const problems = { description: 'A problem.', content: { 'application/problem+json': { schema: problemRef } } };
  return {
    summary: route.summary,
    operationId: operationId(route),
    tags: [route.tag],
    'x-permission': route.permission,
    ...(isPermission(route.permission) ? { security: [{ apiKey: [] }, { session: [] }] } : { security: [] }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body ? { requestBody: { required: true, content: json(schemaOf(route.body, 'input', out)) } } : {}),
    responses: { ...answersOf(route, out), default: problems },
  };
}

const IDEMPOTENCY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Repeating a request with the same key within 24 hours answers as the first time and does nothing.',
  schema: { type: 'string', maxLength: 200 },
};

function operationId(route: Route): string {
  const words = route.url
    .replace('/api/v1', '')
    .split('/')
    .filter(Boolean)
    .map((word) => word.replace(':', 'by-'));
  return [route.method.toLowerCase(), ...words].join('-').replaceAll(/[^a-zA-Z0-9-]/g, '-');
}

function json(schema: Schema): Schema {
  return { 'application/json': { schema } };
}

function answersOf(route: Route, out: Output): Schema {
  const entries = Object.entries(route.answers).map(([status, schema]) => [
    status,
    { description: describe(Number(status)), ...(schema ? { content: json(schemaOf(schema, 'output', out)) } : {}) },
  ]);
  return Object.fromEntries(entries);
}

function describe(status: number): string {
  if (status === 201) return 'Created.';
  if (status === 202) return 'Accepted.';
  return status === 204 ? 'Done.' : status < 400 ? 'The answer.' : 'Not as wished.';
}

interface Output {
  readonly components: Record<string, Schema>;
  readonly where: string;
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query', out: Output): readonly Schema[] {
  if (!schema) return [];
  const object = schemaOf(schema, 'input', out);
  const required = new Set((object['required'] as string[] | undefined) ?? []);
  return Object.entries((object['properties'] as Record<string, Schema> | undefined) ?? {}).map(
    ([name, { description, ...field }]) => ({
      name,
      in: place,
      required: place === 'path' || required.has(name),
      ...(description ? { description } : {}),
      schema: field,
    }),
  );
}

/** A schema with its named parts moved to the components. Input objects must refuse unknown keys. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', out: Output): Schema {
  const made = z.toJSONSchema(io === 'input' ? strictly(schema) : schema, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
  }) as Schema;
  const { $schema: _, $defs: defs, id: name, ...whole } = made as Schema & { $defs?: Record<string, Schema> };
  if (io === 'input') refuseLoose(made, out.where);
  for (const [key, definition] of Object.entries(defs ?? {})) addComponent(key, definition, out);
  if (typeof name !== 'string') return rewritten(whole);
  addComponent(name, whole, out);
  return { $ref: `#/components/schemas/${name}` };
}

function addComponent(name: string, definition: Schema, out: Output): void {
  const { id: _, ...schema } = definition;
  const clean = rewritten(schema);
  const known = out.components[name];
  if (known && JSON.stringify(known) !== JSON.stringify(clean))
    throw new Error(`${out.where}: two different schemas are named ${name}`);
  out.components[name] = clean;
}

function rewritten(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Schema;
}

function refuseLoose(value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null) return;
  const { type, properties, additionalProperties } = value as Schema;
  if (type === 'object' && properties && additionalProperties === undefined) {
    throw new Error(
      `${where} takes an object that lets unknown keys pass (${Object.keys(properties).join(', ')}); use z.strictObject`,
    );
  }
  for (const part of Object.values(value)) refuseLoose(part, where);
}
