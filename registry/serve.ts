/** From a request to its one answer: who asks, what for, may they, and what comes of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { denied, mayIn } from './access/authorize.ts';
import { basicChallenge, type Challenge, faultAnswer, insufficientScope } from './access/challenge.ts';
import { type Asked, challengedScope, neededScope } from './access/needed-scope.ts';
import type { RegistryAccess } from './access/registry-access.ts';
import type { Session, SignInFault } from './access/session.ts';
import { coversScopes, type TokenScope } from './access/token-scope.ts';
import { blobOperations } from './content/blobs.ts';
import { catalogOperations } from './content/catalog.ts';
import { manifestOperations } from './content/manifests.ts';
import { referrersOperations } from './content/referrers.ts';
import { tagsOperations } from './content/tags.ts';
import { uploadOperations } from './content/upload.ts';
import { uploadsOperations } from './content/uploads.ts';
import { endpoints } from './endpoints.ts';
import { type Answer, jsonAnswer, refusal, withoutBody } from './http/answer.ts';
import { codedRefusal } from './http/coded-refusal.ts';
import {
  type EndpointExchange,
  findEndpoint,
  type InsideEndpoint,
  type OpenEndpoint,
  type OpenRequest,
} from './http/endpoint.ts';
import type { Operation, Operations, RegistryParts } from './http/exchange.ts';
import { failureAnswer, isOurFailure } from './http/failure.ts';
import { isFromInside } from './http/from-inside.ts';
import { isCutOff, requestBody } from './http/request-body.ts';
import { parseRequestTarget, type RequestTarget } from './http/request-target.ts';
import { parseRoute, type Route } from './http/route.ts';
import { writeAnswer } from './http/write-answer.ts';
import { limitRequests } from './watch/limit-requests.ts';

export type ServingInit = RegistryParts;

export interface Serving {
  /** Answers the request; never throws. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Writes this answer to a request that cannot be served. */
  refuse(answer: Answer, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Resolves when no request is under way. */
  idle(): Promise<void>;
}

/** The registry's side of all exchanges. */
export function openServing(init: ServingInit): Serving {
  const underWay = new Set<Promise<void>>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const beganAt = init.now();
    const outcome = await settle(init, request, response);
    await write({ ...outcome, beganAt }, request, response);
  }

  async function write(
    { answer, actor, beganAt }: Outcome & { readonly beganAt: number },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const written = request.method === 'HEAD' ? withoutBody(answer) : answer;
    const asked = { method: request.method ?? '', path: pathOf(request) };
    try {
      const whole = await writeAnswer(written, request, response, init.limits.downloadIdleMs);
      const durationMs = Math.max(0, init.now() - beganAt);
      init.onEvent({ kind: 'answered', ...asked, status: answer.status, whole, actor, durationMs });
    } catch (error) {
      response.destroy();
      init.onEvent({ kind: 'failed', ...asked, error });
    }
  }

  function track(work: Promise<void>): Promise<void> {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  }

  return {
    serve: (request, response) => track(serve(request, response)),
    refuse: (answer, request, response) =>
      track(write({ answer, actor: undefined, beganAt: init.now() }, request, response)),
    async idle() {
      await Promise.allSettled(underWay);
    },
  };
}

interface Outcome {
  readonly answer: Answer;
  /** Name of who is signed in. */
  readonly actor: string | undefined;
}

/** Nobody learns anything, not even that a path is malformed, before they have signed in; no body is read before either. */
async function settle(init: ServingInit, request: IncomingMessage, response: ServerResponse): Promise<Outcome> {
  let actor: string | undefined;
  try {
    const target = parseRequestTarget(request.url ?? '');
    const isBeside = target !== undefined && !isDistributionPath(target.path);
    const endpoint = isBeside ? findEndpoint(endpoints, request.method, target.path) : undefined;
    if (isBeside && endpoint !== undefined && isOpen(endpoint, request)) {
      return {
        answer: await endpoint.endpoint.answer(openRequest(init, request, response, target, endpoint.rest)),
        actor,
      };
    }
    const { authorization } = request.headers;
    const session = await init.access.signIn.authenticate({ authorization, remoteAddress: remoteAddressOf(request) });
    if ('fault' in session) return { answer: refuseStranger(init, session, request, target), actor };
    actor = isStranger(session) ? undefined : session.actor.name;
    const limited = limitRequests(init, session.actor, remoteAddressOf(request));
    if (limited !== undefined) return { answer: limited, actor };
    if (target === undefined) {
      const answer = isStranger(session) ? refuseStranger(init, { fault: 'absent' }, request, target) : malformedPath();
      return { answer, actor };
    }
    const exchange = { ...openRequest(init, request, response, target, ''), session, actor: session.actor };
    const answer = isDistributionPath(target.path)
      ? await answerRoute(exchange, request, target)
      : await answerEndpoint(exchange, request.method, target.path);
    return { answer, actor };
  } catch (error) {
    const asked = { method: request.method ?? '', path: pathOf(request) };
    if (isOurFailure(error) && !isCutOff(request)) init.onEvent({ kind: 'failed', ...asked, error });
    return { answer: isDistributionPath(pathOf(request)) ? failureAnswer(error) : codedRefusal(error), actor };
  }
}

type Found = ReturnType<typeof findEndpoint>;

interface FoundOpen {
  readonly endpoint: OpenEndpoint | InsideEndpoint;
  readonly rest: string;
}

function isOpen(found: Found, request: IncomingMessage): found is FoundOpen {
  if (!('endpoint' in found)) return false;
  if (found.endpoint.verb === undefined) return true;
  return 'inside' in found.endpoint && isFromInside(remoteAddressOf(request), request.headers);
}

function remoteAddressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? '';
}

/** Whoever has shown nothing, and is let in as anybody. */
function isStranger({ holder, scope }: Session): boolean {
  return holder.kind === 'anonymous' && scope === undefined;
}

/** Asks to sign in, and says for what. */
function refuseStranger(
  { access, onEvent }: ServingInit,
  fault: SignInFault,
  request: IncomingMessage,
  target: RequestTarget | undefined,
): Answer {
  if (fault.fault !== 'absent') onEvent({ kind: 'sign-in-failed', remoteAddress: remoteAddressOf(request) });
  if (!isDistributionPath(pathOf(request))) return faultAnswer(fault, basicChallenge, []);
  return faultAnswer(
    fault,
    challengeFor(access, request),
    target === undefined ? [] : scopeToAskFor(request.method, target),
  );
}

function challengeFor(access: RegistryAccess, request: IncomingMessage): Challenge {
  return access.challenge(isFromInside(remoteAddressOf(request), request.headers));
}

function scopeToAskFor(method: string | undefined, { path, query }: RequestTarget): TokenScope {
  const route = parseRoute(method ?? '', path);
  if (route.kind === 'refused') return [];
  const operation = operationFor(method, operationsOf(route));
  return 'status' in operation ? [] : challengedScope({ route, verb: operation.verb, query });
}

function malformedPath(): Answer {
  return refusal(400, 'NAME_INVALID', 'malformed path');
}

function isDistributionPath(path: string): boolean {
  return path === '/v2' || path.startsWith('/v2/');
}

function openRequest(
  { storage, sessions, collector, holds, scrubber, onEvent, settings, access, now, limits, watch }: ServingInit,
  request: IncomingMessage,
  response: ServerResponse,
  { query }: RequestTarget,
  rest: string,
): OpenRequest {
  return {
    ...{ storage, sessions, collector, holds, scrubber, onEvent, settings, access, now, limits, watch, rest, query },
    headers: request.headers,
    body: requestBody(request, response, limits.uploadIdleMs),
    remoteAddress: remoteAddressOf(request),
    onGone: (listener) => void response.once('close', listener),
  };
}

/**
 * A resource of the distribution API. Whoever has not signed in is asked to wherever he may not, malformed paths
 * included: what is there is nobody's business, and he may come back as somebody.
 */
async function answerRoute(
  exchange: EndpointExchange,
  request: IncomingMessage,
  target: RequestTarget,
): Promise<Answer> {
  const { actor, session, access } = exchange;
  const ask = () => refuseStranger(exchange, { fault: 'absent' }, request, target);
  const route = parseRoute(request.method ?? '', target.path);
  if (route.kind === 'refused') return isStranger(session) ? ask() : route.answer;
  const operation = operationFor(request.method, operationsOf(route));
  if ('status' in operation) return isStranger(session) ? ask() : operation;
  const repository = 'repository' in route ? route.repository : undefined;
  const { verb, orVerb = verb } = operation;
  const isAllowed =
    verb === undefined || [verb, orVerb].some((one) => one !== undefined && mayIn(actor, one, repository));
  // A client that wants to sign in finds out here how to: for the others there is more to read than that it may.
  if (isStranger(session) && (!isAllowed || route.kind === 'ping')) return ask();
  const mayBeSomebodyElse = session.holder.kind === 'anonymous';
  if (!isAllowed && !mayBeSomebodyElse) return denied(actor, verb, repository);
  const asked = { route, verb, query: target.query };
  if (isAllowed && isCovered(exchange, asked)) return operation.answer(exchange);
  return insufficientScope(challengeFor(access, request), challengedScope(asked));
}

/** Whether the token that was shown, if it was one of ours, is for this. */
function isCovered({ actor, session: { scope } }: EndpointExchange, asked: Asked): boolean {
  if (scope === undefined) return true;
  return coversScopes(
    scope,
    neededScope(asked, (repository) => mayIn(actor, 'pull', repository)),
  );
}

/** A resource beside it. */
async function answerEndpoint(exchange: EndpointExchange, method: string | undefined, path: string): Promise<Answer> {
  const found = findEndpoint(endpoints, method, path);
  if (!('endpoint' in found)) {
    return found.methods.length === 0 ? refusal(404, 'UNSUPPORTED', 'no such resource') : unknownMethod(found.methods);
  }
  const { endpoint, rest } = found;
  if (endpoint.verb === undefined) return refusal(404, 'UNSUPPORTED', 'no such resource');
  if (exchange.session.holder.kind === 'anonymous') return faultAnswer({ fault: 'absent' }, basicChallenge, []);
  // Our tokens are for images: whoever has one may have asked for less than he may.
  if (exchange.session.scope !== undefined) return faultAnswer(tokenForImages, basicChallenge, []);
  const repository = 'repositoryOf' in endpoint ? endpoint.repositoryOf?.(rest) : undefined;
  if (!mayIn(exchange.actor, endpoint.verb, repository)) return denied(exchange.actor, endpoint.verb, repository);
  return endpoint.answer({ ...exchange, rest });
}

const tokenForImages: SignInFault = {
  fault: 'wrong',
  isToken: false,
  why: 'this wants a user name and password, or an API token: what /token gives is for images',
};

/** The path as it was sent. What follows a question mark stays out of events: clients put upload state there. */
function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

function operationsOf(route: Exclude<Route, { kind: 'refused' }>): Operations {
  switch (route.kind) {
    case 'ping':
      return { GET: ping, HEAD: ping };
    case 'catalog':
      return catalogOperations();
    case 'blob':
      return blobOperations(route);
    case 'uploads':
      return uploadsOperations(route);
    case 'upload':
      return uploadOperations(route);
    case 'manifest':
      return manifestOperations(route);
    case 'tags':
      return tagsOperations(route);
    case 'referrers':
      return referrersOperations(route);
  }
}

/** Signing in is all there is to it. Spec: distribution-spec v1.1.1, "Determining Support". */
const ping: Operation = { verb: undefined, answer: async () => jsonAnswer({}) };

function operationFor(method: string | undefined, operations: Operations): Operation | Answer {
  for (const [known, operation] of Object.entries(operations)) {
    if (known === method && operation !== undefined) return operation;
  }
  return unknownMethod(Object.keys(operations));
}

function unknownMethod(methods: readonly string[]): Answer {
  return refusal(405, 'UNSUPPORTED', 'the resource does not know this method', {
    headers: { allow: methods.join(', ') },
  });
}
