/** The service as its callers see it: one function for each thing that can be asked. */
import { z } from 'zod';
import { TransportError } from '../../errors/errors.ts';
import { type HistoryView, historyViewSchema } from '../history.ts';
import type { PlanView } from '../plan.ts';
import { problemSchema } from '../problem.ts';
import {
  type PromotionRequest,
  type PromotionView,
  promotionViewSchema,
  type RollbackRequest,
  type Submitted,
  submittedSchema,
} from '../promotion.ts';
import { type StatusMatrix, statusMatrixSchema } from '../status.ts';
import { type TokenCreated, type TokenRequest, type TokenView, tokenCreatedSchema, tokenListSchema } from '../token.ts';
import { type UserRequest, type UserView, userListSchema, userViewSchema } from '../user.ts';
import { type Whoami, whoamiSchema } from '../whoami.ts';
import { problemError } from './problem-error.ts';
import { readEvents, type ServiceEvent } from './service-events.ts';
import {
  type HttpAnswer,
  openServiceTransport,
  type ServiceAddress,
  type ServiceTransport,
} from './service-transport.ts';

/** What became of a submission: accepted (or already so), or refused by policy with the plan and its reasons. */
export type Submission =
  | { readonly outcome: 'accepted'; readonly submitted: Submitted }
  | { readonly outcome: 'refused'; readonly plan: PlanView };

/** Every function throws the error class that the service's problem stands for, or TransportError when none came. */
export interface ApiClient {
  readonly url: string;
  submitPromotion(request: PromotionRequest, idempotencyKey: string, signal?: AbortSignal): Promise<Submission>;
  submitRollback(request: RollbackRequest, idempotencyKey: string, signal?: AbortSignal): Promise<Submission>;
  status(signal?: AbortSignal): Promise<StatusMatrix>;
  history(app: string, environment: string, signal?: AbortSignal): Promise<HistoryView>;
  read(id: string, signal?: AbortSignal): Promise<PromotionView>;
  /** Who is signed in, and what they may do where. */
  whoami(signal?: AbortSignal): Promise<Whoami>;
  /** Every user with a password, by name. */
  listUsers(signal?: AbortSignal): Promise<readonly UserView[]>;
  createUser(request: UserRequest, signal?: AbortSignal): Promise<UserView>;
  removeUser(name: string, signal?: AbortSignal): Promise<void>;
  /** Every token in the order of its making, without its secret. */
  listTokens(signal?: AbortSignal): Promise<readonly TokenView[]>;
  /** A new token; its secret is in this answer alone. */
  createToken(request: TokenRequest, signal?: AbortSignal): Promise<TokenCreated>;
  revokeToken(id: string, signal?: AbortSignal): Promise<void>;
  /** Events from now on, until the service ends the stream or the signal is aborted. */
  events(signal: AbortSignal): AsyncIterable<ServiceEvent>;
  /** Status and Date header of a path that needs no sign-in, such as /readyz. */
  probe(path: string, signal?: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** A client for one address; the caller closes it. */
export function openApiClient(init: ServiceAddress): ApiClient {
  const transport = openServiceTransport(init);
  const read = async <Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal | undefined) =>
    parseAnswer(await transport.request('GET', path, { signal }), schema, init.url);
  const remove = async (path: string, signal: AbortSignal | undefined) => {
    const answer = await transport.request('DELETE', path, { signal });
    if (answer.status !== 204) parseAnswer(answer, z.never(), init.url);
  };
  return {
    url: init.url,
    submitPromotion: ({ app, environment, ...body }, idempotencyKey, signal) =>
      submit(transport, `${placePath(app, environment)}/promotions`, { body, idempotencyKey, signal }),
    submitRollback: ({ app, environment, ...body }, idempotencyKey, signal) =>
      submit(transport, `${placePath(app, environment)}/rollbacks`, { body, idempotencyKey, signal }),
    status: (signal) => read('/api/v1/status', statusMatrixSchema, signal),
    history: (app, environment, signal) => read(`${placePath(app, environment)}/history`, historyViewSchema, signal),
    read: (id, signal) => read(`/api/v1/promotions/${encodeURIComponent(id)}`, promotionViewSchema, signal),
    whoami: (signal) => read('/api/v1/whoami', whoamiSchema, signal),
    listUsers: async (signal) => (await read('/api/v1/users', userListSchema, signal)).users,
    createUser: async (body, signal) =>
      parseAnswer(await transport.request('POST', '/api/v1/users', { body, signal }), userViewSchema, init.url),
    removeUser: (name, signal) => remove(`/api/v1/users/${encodeURIComponent(name)}`, signal),
    listTokens: async (signal) => (await read('/api/v1/tokens', tokenListSchema, signal)).tokens,
    createToken: async (body, signal) =>
      parseAnswer(await transport.request('POST', '/api/v1/tokens', { body, signal }), tokenCreatedSchema, init.url),
    revokeToken: (id, signal) => remove(`/api/v1/tokens/${encodeURIComponent(id)}`, signal),
    events: (signal) => readEvents(transport, signal),
    probe: (path, signal) => transport.request('GET', path, { signal }),
    close: () => transport.close(),
  };
}

function placePath(app: string, environment: string): string {
  return `/api/v1/apps/${encodeURIComponent(app)}/environments/${encodeURIComponent(environment)}`;
}

interface Posting {
  readonly body: unknown;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal | undefined;
}

async function submit(transport: ServiceTransport, path: string, posting: Posting): Promise<Submission> {
  const answer = await transport.request('POST', path, posting);
  const refusedPlan = answer.status === 409 ? refusedPlanOf(answer) : undefined;
  if (refusedPlan !== undefined) return { outcome: 'refused', plan: refusedPlan };
  const submitted = parseAnswer(answer, submittedSchema, transport.url);
  if (!submitted.plan.decision.allowed) return { outcome: 'refused', plan: submitted.plan };
  return { outcome: 'accepted', submitted };
}

/** The plan inside a policy's "no"; other conflicts carry a plan too, but are errors. */
function refusedPlanOf(answer: HttpAnswer): PlanView | undefined {
  const problem = problemSchema.safeParse(answer.json);
  return problem.success && problem.data.code === 'REFUSED_BY_POLICY' ? problem.data.plan : undefined;
}

function parseAnswer<Schema extends z.ZodType>(answer: HttpAnswer, schema: Schema, url: string): z.infer<Schema> {
  if (answer.status >= 400) {
    const problem = problemSchema.safeParse(answer.json);
    if (problem.success) throw problemError(problem.data);
    throw foreignAnswer(url, `status ${answer.status}`);
  }
  const parsed = schema.safeParse(answer.json);
  if (parsed.success) return parsed.data;
  throw foreignAnswer(url, parsed.error.issues[0]?.path.join('.') || 'not the expected JSON');
}

function foreignAnswer(url: string, what: string): TransportError {
  return new TransportError({ code: 'SERVICE_ANSWER_INVALID', message: `unexpected answer from ${url}: ${what}` });
}
