/** Who may call a route. Every route says so itself; one that says nothing does not start. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Actor, evaluateAccess, type Place, type Verb } from '../../core/access.ts';
import { AccessError, assert } from '../../errors/errors.ts';
import type { SignIn } from '../identity/sign-in.ts';
import type { FailureDelay } from './failure-delay.ts';

/** What a route asks of its caller; `open` asks nothing. */
export type RouteAccess = Verb | 'open';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    /** Who is signed in; null on open routes. */
    actor: Actor | null;
  }
}

/** Longest bearer token. Tokens of workloads have 1 to 2 KB, more where a company adds properties of its own. */
const bearerCharsMax = 8 * 1024;

/** What the routes are guarded with. */
export interface RouteGuard {
  readonly signIn: SignIn;
  readonly failures: FailureDelay;
}

/** Signs every request in and asserts the role, before its body is read. */
export function installAccess(app: FastifyInstance, guard: RouteGuard): void {
  app.decorateRequest('actor', null);
  app.addHook('onRoute', ({ config, method, url }) => {
    assert(config?.access !== undefined, `route without access: ${method} ${url}`);
  });
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (request.is404 || access === 'open' || access === undefined) return;
    const actor = await authenticate(request, guard);
    assertMay(actor, access, placeOf(request));
    request.actor = actor;
  });
}

/** @throws AccessError ACCESS_DENIED with every reason. */
function assertMay(actor: Actor, verb: Verb, place: Place): void {
  const decision = evaluateAccess(actor, verb, place);
  if (decision.allowed) return;
  const [first, ...others] = decision.reasons.map(({ message }) => message);
  const where = place.environment === undefined ? '' : ` ${place.app} in ${place.environment}`;
  throw new AccessError({
    code: 'ACCESS_DENIED',
    message: `${actor.name} may not ${verb}${where}: ${others.length === 0 ? first : `${others.length + 1} reasons`}`,
    signedIn: true,
    // The one reason of a role is in the message.
    ...('role' in actor && others.length === 0 ? {} : { fields: { problems: [first ?? '', ...others] } }),
  });
}

/** The app and environment that the address of a request names. */
function placeOf({ params }: FastifyRequest): Place {
  const { app, environment }: { readonly app?: unknown; readonly environment?: unknown } = Object(params);
  return {
    ...(typeof app === 'string' ? { app } : {}),
    ...(typeof environment === 'string' ? { environment } : {}),
  };
}

/** Who is signed in. Only for routes that are not open. */
export function actorOf(request: FastifyRequest): Actor {
  assert(request.actor !== null, `open route asks for its actor: ${request.routeOptions.url}`);
  return request.actor;
}

/** The bearer token of a request; undefined when there is none. Spec: RFC 6750, "Authorization Request Header Field". */
export function bearerToken(request: FastifyRequest): string | undefined {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return token !== undefined && token.length <= bearerCharsMax ? token : undefined;
}

async function authenticate(request: FastifyRequest, { signIn, failures }: RouteGuard): Promise<Actor> {
  const token = bearerToken(request);
  if (token === undefined) {
    const message = 'not signed in: the request carries no bearer token';
    throw new AccessError({ code: 'NOT_SIGNED_IN', message, signedIn: false });
  }
  failures.admit(request.ip);
  try {
    const actor = await signIn.authenticate(token);
    if (actor !== undefined) return actor;
    const message = 'not signed in: the token is unknown, revoked or expired';
    throw new AccessError({ code: 'NOT_SIGNED_IN', message, signedIn: false });
  } catch (error) {
    if (error instanceof AccessError) await failures.delay(request.ip);
    throw error;
  }
}
