/** The API of the service: one Fastify application, put together from its plugins. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import type { Registry } from 'prom-client';
import { isLoopbackHost } from '../../api/loopback.ts';
import type { Identity } from '../../identity/identity.ts';
import type { AccessDirectory } from '../../registry/access/access-file.ts';
import type { CurrentRules } from '../../registry/access/current-rules.ts';
import { openSignIn, type SignIn } from '../identity/sign-in.ts';
import type { Promotions } from '../promotions.ts';
import { answerError, answerHeaders, installProblems } from './answer-problem.ts';
import { answerClientError } from './client-error.ts';
import type { EventFeed } from './event-feed.ts';
import { eventRoutes } from './event-routes.ts';
import { openFailureDelay } from './failure-delay.ts';
import { type Health, healthRoutes } from './health-routes.ts';
import { historyRoutes } from './history-routes.ts';
import { installHostGuard } from './host-guard.ts';
import { installJsonBody } from './json-body.ts';
import { openApiRoutes } from './openapi-routes.ts';
import { promotionRoutes } from './promotion-routes.ts';
import { installQueryGuard } from './query-guard.ts';
import { installRequestMetrics } from './request-metrics.ts';
import { installAccess } from './route-access.ts';
import { installRouteGuide } from './route-guide.ts';
import { statusRoutes } from './status-routes.ts';
import { type TokenDirectory, tokenRoutes } from './token-routes.ts';
import { type UserDirectory, userRoutes } from './user-routes.ts';
import { whoamiRoutes } from './whoami-routes.ts';

/** What the API stands on. */
export interface HttpParts {
  readonly promotions: Promotions;
  readonly access: Pick<AccessDirectory, 'authenticate'> & TokenDirectory & UserDirectory;
  /** Who workloads are; absent where no issuer is configured. */
  readonly identity?: Identity;
  /** What access rules give to tokens beside their role; absent: nothing. */
  readonly rules?: CurrentRules;
  readonly events: EventFeed;
  readonly health: Health;
  readonly metrics: Registry;
  /** Names Redis in messages, without what is secret. */
  readonly redisShown: string;
  readonly log?: FastifyBaseLogger;
}

/** How the API listens and waits. */
export interface HttpOptions {
  /** Address it will listen on; on a loopback address only loopback names are answered, and probes need no sign-in. */
  readonly host: string;
  readonly version: string;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  /** Names beside loopback ones that the Host header may have; empty: any, unless `host` is loopback. */
  readonly allowedHosts?: readonly string[];
  /** Between two signs of life of an event stream. */
  readonly heartbeatMs?: number;
  /** Resolves after so many milliseconds. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** What holds where the options do not say. */
export const defaultHttpOptions = {
  allowedHosts: [],
  heartbeatMs: 15_000,
  wait: (ms: number) => delay(ms, undefined, { ref: false }),
} as const satisfies Partial<HttpOptions>;

/** Largest body: the longest reason, some times over. The catalogue's BODY_TOO_LARGE names it. */
const bodySizeBytesMax = 64 * 1024;

/** Longest path segment: an app name of 200 characters, each written as three. */
const segmentCharsMax = 600;

/** Longest time to receive a whole request. */
const requestTimeoutMs = 30_000;

/** A running API. */
export interface RunningHttp {
  /** The application, for tests and for doors that add routes of their own before `listen`. */
  readonly app: FastifyInstance;
  /** Listens on the host of the options; 0 takes a free port. Resolves with the address. */
  listen(port: number): Promise<string>;
  /** Takes no more requests, says farewell to event streams, finishes what is under way. */
  close(): Promise<void>;
}

/** Puts the API together. Nothing listens yet. */
export async function openHttp(parts: HttpParts, options: HttpOptions): Promise<RunningHttp> {
  const settings: Required<HttpOptions> = { ...defaultHttpOptions, ...options };
  const app: FastifyInstance = fastify({
    ...(parts.log === undefined ? {} : { loggerInstance: parts.log }),
    // One line for each request is logged by request-metrics.ts; the framework's own would name the query.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: bodySizeBytesMax,
    requestTimeout: requestTimeoutMs,
    // A request without Host is the host guard's to refuse: Node would answer it without a word.
    http: { requireHostHeader: false },
    exposeHeadRoutes: false,
    // During a shutdown, requests on open connections are still answered, and the connection closed behind them.
    return503OnClosing: false,
    routerOptions: { maxParamLength: segmentCharsMax },
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    clientErrorHandler: (error, socket) => answerClientError(error, socket, app.log),
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply.headers(answerHeaders(request)));
    },
  });
  const { now, wait } = settings;
  installJsonBody(app);
  installProblems(app, parts.redisShown);
  installRequestMetrics(app, parts.metrics);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(answerHeaders(request));
  });
  installHostGuard(app, settings);
  installRouteGuide(app);
  const signIn = openSignIn(parts);
  installAccess(app, { signIn, failures: openFailureDelay(now, wait) });
  installQueryGuard(app);
  await registerRoutes(app, { ...parts, signIn }, settings);
  await app.ready();
  return {
    app,
    listen: (port) => app.listen({ host: settings.host, port }),
    close: () => app.close(),
  };
}

type RouteParts = HttpParts & { readonly signIn: SignIn };

async function registerRoutes(app: FastifyInstance, parts: RouteParts, settings: Required<HttpOptions>): Promise<void> {
  const inside = isLoopbackHost(settings.host) ? 'open' : 'read';
  await app.register(promotionRoutes(parts.promotions));
  await app.register(statusRoutes(parts.promotions));
  await app.register(historyRoutes(parts.promotions));
  await app.register(
    eventRoutes({
      feed: parts.events,
      signIn: parts.signIn,
      heartbeatMs: settings.heartbeatMs,
      redisShown: parts.redisShown,
    }),
  );
  await app.register(whoamiRoutes());
  await app.register(tokenRoutes(parts.access, settings.now));
  await app.register(userRoutes(parts.access));
  await app.register(openApiRoutes(settings.version));
  await app.register(healthRoutes(parts.health, parts.metrics, inside));
}
