/** The operations of the API: one table, from which the OpenAPI document is made and with which the routes are compared. */
import type { Verb } from '../core/access.ts';
import type { SchemaName } from './schemas.ts';

/** Answer of an operation. */
export interface OperationAnswer {
  readonly status: number;
  readonly description: string;
  /** Schema of the JSON body; absent when the answer has none, or `mediaType` says another. */
  readonly schema?: SchemaName;
  readonly mediaType?: string;
  /** Header that the answer carries. */
  readonly header?: { readonly name: string; readonly description: string };
}

/** One operation of the API. */
export interface Operation {
  readonly operationId: string;
  readonly method: 'get' | 'post' | 'delete';
  /** Path with `{app}`, `{environment}`, `{id}` and `{name}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** What the caller's role, or a grant for the place, must include; undefined when no sign-in is needed. */
  readonly verb: Verb | undefined;
  readonly body?: { readonly schema: SchemaName; readonly required: boolean };
  /** Headers and query parameters beside those of the path. */
  readonly parameters?: readonly ParameterName[];
  readonly answers: readonly OperationAnswer[];
  /** Statuses of its problems beside 400, 401, 403, 429 and 500, which any operation may answer. */
  readonly problems: readonly number[];
}

/** Parameters that are not part of a path. */
export type ParameterName = 'Idempotency-Key' | 'Last-Event-ID' | 'since';

const environmentPath = '/api/v1/apps/{app}/environments/{environment}';

const changed: readonly OperationAnswer[] = [
  {
    status: 202,
    description: 'Queued, durably.',
    schema: 'Submitted',
    header: { name: 'Location', description: 'Path of the promotion.' },
  },
  { status: 200, description: 'Nothing was queued: it is already so, or it was a dry run.', schema: 'Submitted' },
];

/** Every operation there is. */
export const operations: readonly Operation[] = [
  {
    operationId: 'promote',
    method: 'post',
    path: `${environmentPath}/promotions`,
    tag: 'promotions',
    summary: 'Make a release current in an environment',
    verb: 'promote',
    body: { schema: 'PromotionBody', required: false },
    parameters: ['Idempotency-Key'],
    answers: changed,
    problems: [404, 409, 413, 415, 422, 502, 503, 504],
  },
  {
    operationId: 'rollback',
    method: 'post',
    path: `${environmentPath}/rollbacks`,
    tag: 'promotions',
    summary: 'Make an earlier release current again',
    verb: 'rollback',
    body: { schema: 'RollbackBody', required: true },
    parameters: ['Idempotency-Key'],
    answers: changed,
    problems: [404, 409, 413, 415, 422, 502, 503, 504],
  },
  {
    operationId: 'readPromotion',
    method: 'get',
    path: '/api/v1/promotions/{id}',
    tag: 'promotions',
    summary: 'What became of a promotion or rollback',
    verb: 'read',
    answers: [{ status: 200, description: 'The promotion.', schema: 'Promotion' }],
    problems: [404, 503],
  },
  {
    operationId: 'status',
    method: 'get',
    path: '/api/v1/status',
    tag: 'status',
    summary: 'What is current where',
    verb: 'read',
    answers: [{ status: 200, description: 'The matrix.', schema: 'StatusMatrix' }],
    problems: [502, 503, 504],
  },
  {
    operationId: 'history',
    method: 'get',
    path: `${environmentPath}/history`,
    tag: 'status',
    summary: 'What was current in an environment, newest first',
    verb: 'read',
    answers: [{ status: 200, description: 'The history.', schema: 'History' }],
    problems: [404, 502, 503, 504],
  },
  {
    operationId: 'events',
    method: 'get',
    path: '/api/v1/events',
    tag: 'status',
    summary: 'What happens, as it happens (server-sent events)',
    verb: 'read',
    parameters: ['since', 'Last-Event-ID'],
    answers: [
      {
        status: 200,
        description:
          'Events of the schema Event, each as `id:`, `event:` and `data:`. `event: resync` says that events were lost: read the status anew. `event: bye` says that the service stops or the token no longer holds: connect again.',
        mediaType: 'text/event-stream',
      },
    ],
    problems: [503],
  },
  {
    operationId: 'whoami',
    method: 'get',
    path: '/api/v1/whoami',
    tag: 'status',
    summary: 'Who is signed in, and what they may do where',
    verb: 'read',
    answers: [{ status: 200, description: 'The actor.', schema: 'Whoami' }],
    problems: [503],
  },
  {
    operationId: 'listTokens',
    method: 'get',
    path: '/api/v1/tokens',
    tag: 'tokens',
    summary: 'Every API token, without secrets',
    verb: 'administer',
    answers: [{ status: 200, description: 'The tokens.', schema: 'TokenList' }],
    problems: [],
  },
  {
    operationId: 'createToken',
    method: 'post',
    path: '/api/v1/tokens',
    tag: 'tokens',
    summary: 'Make an API token',
    verb: 'administer',
    body: { schema: 'TokenRequest', required: true },
    answers: [{ status: 201, description: 'The token with its secret, shown only now.', schema: 'TokenCreated' }],
    problems: [413, 415],
  },
  {
    operationId: 'revokeToken',
    method: 'delete',
    path: '/api/v1/tokens/{id}',
    tag: 'tokens',
    summary: 'Revoke an API token',
    verb: 'administer',
    answers: [{ status: 204, description: 'It no longer holds.' }],
    problems: [404],
  },
  {
    operationId: 'listUsers',
    method: 'get',
    path: '/api/v1/users',
    tag: 'users',
    summary: 'Every user with a password',
    verb: 'administer',
    answers: [{ status: 200, description: 'The users.', schema: 'UserList' }],
    problems: [],
  },
  {
    operationId: 'createUser',
    method: 'post',
    path: '/api/v1/users',
    tag: 'users',
    summary: 'Make a user who signs in to the registry with a password',
    verb: 'administer',
    body: { schema: 'UserRequest', required: true },
    answers: [{ status: 201, description: 'The user.', schema: 'User' }],
    problems: [409, 413, 415, 422, 503],
  },
  {
    operationId: 'removeUser',
    method: 'delete',
    path: '/api/v1/users/{name}',
    tag: 'users',
    summary: 'Remove a user',
    verb: 'administer',
    answers: [{ status: 204, description: 'The password no longer holds.' }],
    problems: [404],
  },
  {
    operationId: 'openApi',
    method: 'get',
    path: '/api/v1/openapi.json',
    tag: 'service',
    summary: 'This document',
    verb: undefined,
    answers: [{ status: 200, description: 'An OpenAPI 3.1 document.', mediaType: 'application/json' }],
    problems: [],
  },
  {
    operationId: 'live',
    method: 'get',
    path: '/livez',
    tag: 'service',
    summary: 'Whether the process runs',
    verb: undefined,
    answers: [{ status: 200, description: 'It runs.', mediaType: 'text/plain' }],
    problems: [],
  },
  {
    operationId: 'ready',
    method: 'get',
    path: '/readyz',
    tag: 'service',
    summary: 'Whether the service can take requests',
    verb: undefined,
    answers: [
      { status: 200, description: 'It can.', schema: 'Readiness' },
      { status: 503, description: 'It cannot; the parts say why.', schema: 'Readiness' },
    ],
    problems: [],
  },
  {
    operationId: 'metrics',
    method: 'get',
    path: '/metrics',
    tag: 'service',
    summary: 'Metrics in Prometheus’ text form; no sign-in where the service listens on this machine alone',
    verb: 'read',
    answers: [{ status: 200, description: 'The metrics.', mediaType: 'text/plain' }],
    problems: [],
  },
];
