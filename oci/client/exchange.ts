/** A request to a registry and what comes of it: signed in, redirects followed, repeated where that is safe. */
import type { RegistryQuirks } from './quirks.ts';
import { openAuthorizer } from './sign-in/authorizer.ts';
import type { CredentialSource } from './sign-in/credentials.ts';
import type { Scope } from './sign-in/scope.ts';
import type { Answer } from './wire/answer.ts';
import type { Connections } from './wire/connections.ts';
import type { Endpoint } from './wire/endpoint.ts';
import { openHostMemory } from './wire/host-memory.ts';
import { sendFollowing } from './wire/redirect.ts';
import { type Asked, type Refusal, readRefusal, refusalError } from './wire/refusal.ts';
import { type RequestBudget, readBudgetNews } from './wire/request-budget.ts';
import { type RequestPriority, requestClassOf } from './wire/request-class.ts';
import { openRequestSlots, type RequestConcurrency } from './wire/request-slots.ts';
import { attemptsMax, sendRepeatedly } from './wire/retry.ts';
import { toldAsThrottling } from './wire/throttling.ts';
import type { Timing } from './wire/timing.ts';
import { isSentOnce, type Method, type RequestBody, sendRequest, type TransportRequest } from './wire/transport.ts';

/** One request of the distribution protocol. */
export interface RegistryRequest {
  readonly method: Method;
  /** Anywhere: what is not at the registry's origin gets no authorization. */
  readonly url: URL;
  readonly asked: Asked;
  /** What a token for this must be good for. */
  readonly scopes: readonly Scope[];
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent once, whatever happens. */
  readonly body?: RequestBody;
  /** `once` where a second one could undo what others did in between. A 401 and a 429 mean that nothing was done, so they do not count. */
  readonly attempts?: 'several' | 'once';
  /** `report` where a redirect says something by itself: it is then the answer. */
  readonly redirects?: 'follow' | 'report';
  /** How long the token must last, where it is not enough that it has not ended yet. */
  readonly goodForMs?: number;
  /** Other limit than `timing.answerMs`. */
  readonly answerMs?: number;
  /** How many bytes a good answer has, where they may be many. */
  readonly answerSizeBytes?: number;
  /** Who goes first where requests wait for one another; `rest` when absent. */
  readonly priority?: RequestPriority;
  readonly signal?: AbortSignal | undefined;
  /**
   * How long after the signal its answer is still waited for once it is on its way, and then read: for what a registry
   * begins for us, which it can be told to end only when it is known.
   */
  readonly finishMs?: number;
}

/** The way to one registry. */
export interface Exchange {
  readonly endpoint: Endpoint;
  readonly timing: Timing;
  /**
   * What `read` makes of the answer. The body is freed when `read` ends without having taken it; where the request is
   * repeated, so is `read`.
   * @throws AccessError REGISTRY_DENIED on a 401 that signing in anew does not change; TransportError when no answer came.
   */
  send<T>(request: RegistryRequest, read: (answer: Answer) => Promise<T>): Promise<T>;
}

/** What exchanges with one registry share. */
export interface ExchangeInit {
  readonly endpoint: Endpoint;
  readonly connections: Connections;
  readonly credentials: CredentialSource;
  readonly timing: Timing;
  readonly userAgent: string;
  readonly concurrency: RequestConcurrency;
  readonly budget: RequestBudget;
  /** Whether a token may be good for more than one request needs. */
  readonly tokens: RegistryQuirks['tokens'];
}

/** What one signed request came to. */
type Passed<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'challenged'; readonly challenge: string; readonly refusal: Refusal };

/** After which part of the limit to stand still a queue of requests is taken to be stuck. */
const stuckShare = 0.5;

/** The same way, on which every request has the priority. */
export function withPriority(exchange: Exchange, priority: RequestPriority): Exchange {
  return { ...exchange, send: (request, read) => exchange.send({ priority, ...request }, read) };
}

/** The way to a registry, not yet signed in. */
export function openExchange(init: ExchangeInit): Exchange {
  const { endpoint, connections, credentials, timing, userAgent, concurrency, budget } = init;
  const hosts = openHostMemory(timing);
  const slots = openRequestSlots(concurrency, timing.stallMs * stuckShare);
  const send = async (request: TransportRequest): Promise<Answer> => {
    const { url } = request;
    await hosts.passed(url.host, request.signal);
    const headers = { 'user-agent': userAgent, ...request.headers };
    const sentAt = timing.now();
    const answer = await toldAsThrottling(await sendRequest(connections, timing, { ...request, headers }));
    hosts.note(answer, sentAt);
    const news = url.origin === endpoint.url.origin ? readBudgetNews(answer, timing.now()) : undefined;
    if (news !== undefined) budget.note(news);
    return answer;
  };
  const authorizer = openAuthorizer({ endpoint, timing, tokens: init.tokens, send }, credentials);

  const pass = <T>(
    request: RegistryRequest,
    authorize: () => Promise<string | undefined>,
    read: (answer: Answer) => Promise<T>,
  ): Promise<T> => {
    const { method, url, priority = 'rest', signal } = request;
    const isStream = isSentOnce(request.body);
    const requestClass = requestClassOf(method, url.pathname);
    const sendOnce = async (attempt: number): Promise<Answer> => {
      const mayBeStale = attempt === 1 && !isStream;
      // Each host on the way has slots of its own: those of the registry are not held while its storage sends.
      const sendInSlot = (hop: TransportRequest): Promise<Answer> =>
        slots.send({ method, requestClass, url: hop.url, priority, mayBeStale, signal }, async () => {
          // Uploads that a registry has sent elsewhere are not what it counts.
          if (hop.url.origin === endpoint.url.origin) await budget.take(requestClass, priority, signal);
          return await send(isStream ? withAuthorization(hop, await authorize()) : hop);
        });
      if (isStream) return await sendInSlot(unsigned(request, timing));
      const first = withAuthorization(unsigned(request, timing), await authorize());
      if (request.redirects === 'report') return await sendInSlot(first);
      return await sendFollowing(sendInSlot, first, request.asked, endpoint.storage);
    };
    return sendRepeatedly(sendOnce, read, {
      timing,
      attempts: isStream ? 1 : attemptsMax,
      once: request.attempts === 'once',
      signal,
      hasAnswered: hosts.hasAnswered,
    });
  };

  return {
    endpoint,
    timing,
    async send<T>(request: RegistryRequest, read: (answer: Answer) => Promise<T>): Promise<T> {
      const { scopes, signal } = request;
      if (request.url.origin !== endpoint.url.origin) return await pass(request, async () => undefined, read);
      const isStream = isSentOnce(request.body);
      const authorization = () => authorizer.authorization(scopes, signal, request.goodForMs);
      let shown = isStream ? undefined : await authorization();
      const authorize = async () => {
        // What cannot be sent a second time is signed when its turn has come: a token may end in the queue.
        if (isStream) shown = await authorization();
        return shown;
      };
      const passed = await pass<Passed<T>>(request, authorize, async (answer) =>
        isChallenge(answer, endpoint)
          ? { kind: 'challenged', challenge: challengeOf(answer), refusal: await readRefusal(answer) }
          : { kind: 'read', value: await read(answer) },
      );
      if (passed.kind === 'read') return passed.value;
      const renewed = await authorizer.renew(passed.challenge, scopes, shown, signal);
      if (renewed === undefined || isStream) throw refusalError(passed.refusal, request.asked);
      return await pass(request, async () => renewed, read);
    },
  };
}

function unsigned(request: RegistryRequest, timing: Timing): TransportRequest {
  const { method, url, headers = {}, body, answerMs = timing.answerMs, answerSizeBytes, signal, finishMs } = request;
  return {
    method,
    url,
    headers,
    answerMs,
    ...(body === undefined ? {} : { body }),
    ...(answerSizeBytes === undefined ? {} : { answerSizeBytes }),
    ...(signal === undefined ? {} : { signal }),
    ...(finishMs === undefined ? {} : { finishMs }),
  };
}

function withAuthorization(request: TransportRequest, authorization: string | undefined): TransportRequest {
  return authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } };
}

/** Only the registry itself may ask us to sign in, never what it redirects to. Spec: RFC 9110, section 15.5.2. */
function isChallenge(answer: Answer, endpoint: Endpoint): boolean {
  return answer.status === 401 && answer.url.origin === endpoint.url.origin;
}

function challengeOf(answer: Answer): string {
  return answer.header('www-authenticate') ?? '';
}
