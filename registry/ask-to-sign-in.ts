/** What whoever has not signed in is answered, or whoever did so in vain. */
import type { IncomingMessage } from 'node:http';
import { basicChallenge, type Challenge, faultAnswer } from './access/challenge.ts';
import { challengedScope } from './access/needed-scope.ts';
import type { RegistryAccess } from './access/registry-access.ts';
import type { Session, SignInFault } from './access/session.ts';
import type { TokenScope } from './access/token-scope.ts';
import { operationOf } from './content/operations.ts';
import type { Answer } from './http/answer.ts';
import { askedPath, isDistributionPath } from './http/asked-path.ts';
import type { RegistryParts } from './http/exchange.ts';
import { isFromInside, remoteAddressOf } from './http/from-inside.ts';
import type { RequestTarget } from './http/request-target.ts';
import { parseRoute } from './http/route.ts';

/** Whoever has shown nothing, and is let in as anybody. */
export function isStranger({ holder, scope }: Session): boolean {
  return holder.kind === 'anonymous' && scope === undefined;
}

/** Asks to sign in, and says for what. */
export function askToSignIn(
  { access, onEvent }: Pick<RegistryParts, 'access' | 'onEvent'>,
  fault: SignInFault,
  request: IncomingMessage,
  target: RequestTarget | undefined,
): Answer {
  if (fault.fault !== 'absent') onEvent({ kind: 'sign-in-failed', remoteAddress: access.addressOf(request) });
  if (!isDistributionPath(askedPath(request))) return faultAnswer(fault, basicChallenge, []);
  return faultAnswer(
    fault,
    challengeFor(access, request),
    target === undefined ? [] : scopeToAskFor(request.method, target),
  );
}

/** How the sender of the request is asked to sign in. */
export function challengeFor(access: RegistryAccess, request: IncomingMessage): Challenge {
  return access.challenge(isFromInside(remoteAddressOf(request), request.headers));
}

function scopeToAskFor(method: string | undefined, { path, query }: RequestTarget): TokenScope {
  const route = parseRoute(method ?? '', path);
  if (route.kind === 'refused') return [];
  const operation = operationOf(route, method);
  return 'status' in operation ? [] : challengedScope({ route, verb: operation.verb, query });
}
