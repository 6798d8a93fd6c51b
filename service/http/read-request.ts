/** The parts of a request as typed values; what is malformed is told part by part. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { appNameSchema, environmentNameSchema, memberNameSchema } from '../../api/field.ts';
import { malformedRequest, shownValue } from './malformed-request.ts';

/** Longest idempotency key: twice a UUID and some. */
const idempotencyKeyCharsMax = 128;

/** Longest id in a path. */
const idCharsMax = 128;

const environmentParamsSchema = z.object({ app: appNameSchema, environment: environmentNameSchema });
const idParamsSchema = z.object({
  id: z
    .string()
    .max(idCharsMax)
    .regex(/^[A-Za-z0-9._:@-]+$/),
});
const nameParamsSchema = z.object({ name: memberNameSchema });

/** Parts of a body whose wrong value is not repeated. */
const secretParts: ReadonlySet<PropertyKey> = new Set(['password']);

/** App and environment of the path. @throws InputError REQUEST_INVALID */
export function parseEnvironmentParams(request: FastifyRequest): z.infer<typeof environmentParamsSchema> {
  return parsePart('path', environmentParamsSchema, request.params);
}

/** The id of the path. @throws InputError REQUEST_INVALID */
export function parseIdParam(request: FastifyRequest): string {
  return parsePart('path', idParamsSchema, request.params).id;
}

/** The name of the path. @throws InputError REQUEST_INVALID */
export function parseNameParam(request: FastifyRequest): string {
  return parsePart('path', nameParamsSchema, request.params).name;
}

/** The body by its schema; an absent one counts as `{}`. @throws InputError REQUEST_INVALID with every fault. */
export function parseBody<Body>(request: FastifyRequest, schema: z.ZodType<Body>): Body {
  return parsePart('body', schema, request.body === undefined ? {} : request.body);
}

/** The Idempotency-Key header, if there is one. @throws InputError REQUEST_INVALID */
export function parseIdempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && key.length <= idempotencyKeyCharsMax && /^[\x21-\x7e]+$/.test(key)) return key;
  const form = `write 1 to ${idempotencyKeyCharsMax} visible ASCII characters, once`;
  throw malformedRequest(`header Idempotency-Key: ${form}${shownValue(key)}`);
}

/** A part of the request by its schema. @throws InputError REQUEST_INVALID with every fault. */
export function parsePart<Part>(name: string, schema: z.ZodType<Part>, value: unknown): Part {
  const outcome = schema.safeParse(value);
  if (outcome.success) return outcome.data;
  throw malformedRequest(...outcome.error.issues.map((issue) => tellIssue(name, value, issue)));
}

/** What is wrong with which part of the value. Of a value with unknown parts, those are named and the rest is not shown. */
function tellIssue(name: string, value: unknown, issue: z.core.$ZodIssue): string {
  let at = value;
  for (const key of issue.path) at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
  const isShown = issue.code !== 'unrecognized_keys' && at !== '' && !issue.path.some((key) => secretParts.has(key));
  const shown = isShown ? shownValue(at) : '';
  return `${[name, ...issue.path].join('.')}: ${faultOf(issue)}${shown}`;
}

/** A fault in our words. */
function faultOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown: ${issue.keys.join(', ')}`;
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.join(', ')}`;
    case 'too_small':
      return `shorter than ${issue.minimum}`;
    case 'too_big':
      return `longer than ${issue.maximum}`;
    default:
      return 'not well-formed';
  }
}
