/** The parts of a request as typed values; what is malformed is told part by part. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { appNameSchema, environmentNameSchema } from '../../api/field.ts';
import { InputError } from '../../errors/errors.ts';

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

/** App and environment of the path. @throws InputError REQUEST_INVALID */
export function parseEnvironmentParams(request: FastifyRequest): z.infer<typeof environmentParamsSchema> {
  return parsePart('path', environmentParamsSchema, request.params);
}

/** The id of the path. @throws InputError REQUEST_INVALID */
export function parseIdParam(request: FastifyRequest): string {
  return parsePart('path', idParamsSchema, request.params).id;
}

/** The body by its schema; an absent one counts as `{}`. @throws InputError REQUEST_INVALID with every fault. */
export function parseBody<Body>(request: FastifyRequest, schema: z.ZodType<Body>): Body {
  return parsePart('body', schema, request.body ?? {});
}

/** The Idempotency-Key header, if there is one. @throws InputError REQUEST_INVALID */
export function parseIdempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && key.length <= idempotencyKeyCharsMax && /^[\x21-\x7e]+$/.test(key)) return key;
  const problems = [`header Idempotency-Key: write 1 to ${idempotencyKeyCharsMax} visible ASCII characters, once`];
  throw malformed(problems);
}

/** A part of the request by its schema. @throws InputError REQUEST_INVALID with every fault. */
export function parsePart<Part>(name: string, schema: z.ZodType<Part>, value: unknown): Part {
  const outcome = schema.safeParse(value);
  if (outcome.success) return outcome.data;
  const tell = (issue: z.core.$ZodIssue) =>
    `${[name, ...issue.path].join('.')}: ${faultOf(issue)}${shownValue(value, issue.path)}`;
  throw malformed(outcome.error.issues.map(tell));
}

/** Characters of a wrong value that are repeated. */
const shownCharsMax = 100;

/** The wrong value, when it is a text: what these requests carry is no secret. */
function shownValue(value: unknown, path: readonly PropertyKey[]): string {
  let at = value;
  for (const key of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
  if (typeof at !== 'string' || at === '') return '';
  return `: ${JSON.stringify(at.length > shownCharsMax ? `${at.slice(0, shownCharsMax)}…` : at)}`;
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

function malformed(problems: readonly string[]): InputError {
  const [first = '', ...others] = problems;
  return new InputError({
    code: 'REQUEST_INVALID',
    message: others.length === 0 ? first : `${problems.length} faults in the request`,
    wayOut: 'correct the named parts; /api/v1/openapi.json describes them',
    fields: { problems },
  });
}
