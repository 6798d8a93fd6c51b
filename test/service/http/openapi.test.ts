/** The OpenAPI document: sound, complete, and about the routes there really are. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from '../../../api/openapi.ts';
import { operations } from '../../../api/operation.ts';
import { type HttpBench, openHttpBench } from './http-bench.ts';

let bench: HttpBench;
beforeAll(async () => {
  bench = await openHttpBench();
});
afterAll(() => bench.close());

/** The parts of OpenAPI 3.1 that we use, strictly. Spec: OpenAPI 3.1.1, "Schema". */
const mediaType = z.strictObject({ schema: z.unknown().optional() });
const content = z.record(z.string(), mediaType);
const parameter = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean().optional(),
  description: z.string().min(1),
  schema: z.object({ type: z.literal('string') }),
});
const response = z.strictObject({
  description: z.string().min(1),
  headers: z.record(z.string(), z.strictObject({ description: z.string(), schema: z.unknown() })).optional(),
  content: content.optional(),
});
const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z]+$/),
  tags: z.array(z.string()).min(1),
  summary: z.string().min(1),
  security: z.array(z.unknown()).max(0).optional(),
  'x-role-verb': z.string().optional(),
  parameters: z.array(parameter).min(1).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), response),
});
const documentSchema = z.strictObject({
  openapi: z.literal('3.1.1'),
  info: z.object({ title: z.string(), version: z.string() }),
  servers: z.array(z.object({ url: z.string() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'delete']), operation)),
  components: z.strictObject({
    schemas: z.record(z.string(), z.looseObject({ description: z.string().min(1) })),
    securitySchemes: z.record(z.string(), z.object({ type: z.literal('http'), scheme: z.literal('bearer') })),
  }),
});

describe('the document', () => {
  const document = documentSchema.parse(openApiDocument('1.2.3'));
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ path, method, ...one })),
  );

  test('is served to everybody as it is made', async () => {
    const answer = await bench.call('nobody', { url: '/api/v1/openapi.json' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.json).toEqual(JSON.parse(JSON.stringify(openApiDocument('1.2.3'))));
  });

  test('describes every parameter of a path, and no other', () => {
    for (const { path, parameters = [] } of all) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(named);
    }
  });

  test('names each operation once', () => {
    const ids = all.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
  });

  test('refers only to schemas there are, and has none that nothing refers to', () => {
    const text = JSON.stringify(document);
    const referred = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
    expect([...text.matchAll(/"\$ref":"/g)].length).toBe(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/\w+"/g)].length,
    );
    // Events are described in prose: OpenAPI 3.1 has no schema for the items of a stream.
    const named = new Set([...referred, 'Event']);
    expect([...named].sort()).toEqual(Object.keys(document.components.schemas).sort());
  });

  test('gives every error of every operation the form of a problem', () => {
    for (const { responses, operationId } of all) {
      const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      const odd = errors.filter(([, { content: body }]) => body?.['application/problem+json'] === undefined);
      const expected = operationId === 'ready' ? ['503'] : [];
      expect(odd.map(([status]) => status)).toEqual(expected);
    }
  });
});

describe('routes', () => {
  test('are those of the document, and the document’s are the routes', () => {
    expect(routesOf(bench.http.app)).toEqual(
      operations.map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`).sort(),
    );
  });
});

/** Every route of the application, read from its printed tree. */
function routesOf(app: FastifyInstance): readonly string[] {
  const routes: string[] = [];
  const prefixes: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', path = '', methods = ''] = /^([│ ├└─]*)(\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    const depth = Math.floor(indent.length / 4) - 1;
    prefixes.splice(depth);
    prefixes.push(path);
    for (const method of methods.split(', ').filter(Boolean)) routes.push(`${method} ${prefixes.join('')}`);
  }
  return routes.sort();
}
