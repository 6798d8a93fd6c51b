/** From a request to its one answer: who asks, what for, may they, and what comes of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { denied, mayIn } from './access/authorize.ts';
import { basicChallenge, faultAnswer } from './access/challenge.ts';
import { isFromPage } from './access/from-page.ts';
import type { SignInFault } from './access/session.ts';
import { answerRoute } from './answer-route.ts';
import { askToSignIn, isStranger } from './ask-to-sign-in.ts';
import { endpoints } from './endpoints.ts';
import { type Answer, refusal, withoutBody } from './http/answer.ts';
import { askedPath, isDistributionPath } from './http/asked-path.ts';
import { ClientGone } from './http/client-gone.ts';
import { codedRefusal } from './http/coded-refusal.ts';
import {
  type EndpointExchange,
  findEndpoint,
  type InsideEndpoint,
  type OpenEndpoint,
  type OpenRequest,
} from './http/endpoint.ts';
import type { RegistryParts } from './http/exchange.ts';
import { failureAnswer, isOurFailure } from './http/failure.ts';
import { isFromInside, remoteAddressOf } from './http/from-inside.ts';
import { isCutOff, requestBody } from './http/request-body.ts';
import { parseRequestTarget, type RequestTarget } from './http/request-target.ts';
import { unknownMethod } from './http/unknown-method.ts';
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
    const begin = beginningOf(request);
    const outcome = await settle(init, request, response);
    await write({ ...outcome, begin }, request, response);
  }

  /** Looked up at once: a connection that is gone has no address. */
  function beginningOf({ socket, headers }: IncomingMessage): Beginning {
    const forwarded = headers['x-forwarded-for'];
    return {
      at: init.now(),
      remoteAddress: init.access.addressOf({ socket, headers }),
      forwardedFor: forwarded === undefined ? undefined : String(forwarded).slice(0, forwardedForCharsMax),
    };
  }

  async function write(
    { answer, actor, begin }: Outcome & { readonly begin: Beginning },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const written = request.method === 'HEAD' ? withoutBody(answer) : answer;
    const asked = { method: request.method ?? '', path: askedPath(request) };
    try {
      const whole = await writeAnswer(written, request, response, init.limits.downloadIdleMs);
      const { at, remoteAddress, forwardedFor } = begin;
      const { status, why } = answer;
      const durationMs = Math.max(0, init.now() - at);
      init.onEvent({ kind: 'answered', ...asked, status, whole, actor, remoteAddress, forwardedFor, why, durationMs });
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
      track(write({ answer, actor: undefined, begin: beginningOf(request) }, request, response)),
    async idle() {
      await Promise.allSettled(underWay);
    },
  };
}

/** What is kept of the addresses that proxies name: some hops. */
const forwardedForCharsMax = 200;

interface Beginning {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly remoteAddress: string;
  readonly forwardedFor: string | undefined;
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
    const remoteAddress = init.access.addressOf(request);
    const session = await init.access.signIn.authenticate({ authorization, remoteAddress });
    if ('fault' in session) return { answer: askToSignIn(init, session, request, target), actor };
    actor = isStranger(session) ? undefined : session.actor.name;
    const limited = limitRequests(init, session, remoteAddress);
    if (limited !== undefined) return { answer: limited, actor };
    if (target === undefined) {
      const answer = isStranger(session) ? askToSignIn(init, { fault: 'absent' }, request, target) : malformedPath();
      return { answer, actor };
    }
    const exchange = { ...openRequest(init, request, response, target, ''), session, actor: session.actor };
    const answer = isDistributionPath(target.path)
      ? await answerRoute(exchange, request, target)
      : await answerEndpoint(exchange, request.method, target.path);
    return { answer, actor };
  } catch (error) {
    const asked = { method: request.method ?? '', path: askedPath(request) };
    const answer = isDistributionPath(asked.path) ? failureAnswer(error) : codedRefusal(error);
    // Of a request that has come whole as well: its body may not have been read yet.
    const isGone = error instanceof ClientGone || isCutOff(request);
    if (isOurFailure(answer) && !isGone) init.onEvent({ kind: 'failed', ...asked, error });
    return { answer, actor };
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

function malformedPath(): Answer {
  return refusal(400, 'NAME_INVALID', 'malformed path');
}

function openRequest(
  init: ServingInit,
  request: IncomingMessage,
  response: ServerResponse,
  { query }: RequestTarget,
  rest: string,
): OpenRequest {
  const { access, limits } = init;
  return {
    ...init,
    rest,
    query,
    headers: request.headers,
    body: requestBody(request, response, limits.uploadIdleMs),
    remoteAddress: access.addressOf(request),
    onGone: (listener) => void response.once('close', listener),
  };
}

/** A resource beside it. */
async function answerEndpoint(exchange: EndpointExchange, method: string | undefined, path: string): Promise<Answer> {
  if (exchange.session.holder.kind === 'anonymous') return faultAnswer({ fault: 'absent' }, basicChallenge, []);
  const found = findEndpoint(endpoints, method, path);
  if (!('endpoint' in found)) {
    return found.methods.length === 0 ? refusal(404, 'UNSUPPORTED', 'no such resource') : unknownMethod(found.methods);
  }
  const { endpoint, rest } = found;
  if (endpoint.verb === undefined) return refusal(404, 'UNSUPPORTED', 'no such resource');
  // Our tokens are for images: whoever has one may have asked for less than he may.
  if (exchange.session.scope !== undefined) return faultAnswer(tokenForImages, basicChallenge, []);
  const repository = 'repositoryOf' in endpoint ? endpoint.repositoryOf?.(rest) : undefined;
  if (!mayIn(exchange.actor, endpoint.verb, repository)) return denied(exchange.actor, endpoint.verb, repository);
  if (method !== 'GET' && isFromPage(exchange.headers)) {
    return refusal(403, 'DENIED', 'a page in a browser changes nothing here: use the command line, or a program');
  }
  return endpoint.answer({ ...exchange, rest });
}

const tokenForImages: SignInFault = {
  fault: 'wrong',
  isToken: false,
  why: 'this wants a user name and password, or an API token: what /token gives is for images',
};
