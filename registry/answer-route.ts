/** Answering for the distribution API: what is there, and whether it may be done. */
import type { IncomingMessage } from 'node:http';
import { denied, mayIn } from './access/authorize.ts';
import { insufficientScope } from './access/challenge.ts';
import { type Asked, challengedScope, neededScope } from './access/needed-scope.ts';
import { coversScopes } from './access/token-scope.ts';
import { askToSignIn, challengeFor, isStranger } from './ask-to-sign-in.ts';
import { operationOf } from './content/operations.ts';
import type { Answer } from './http/answer.ts';
import type { EndpointExchange } from './http/endpoint.ts';
import type { RequestTarget } from './http/request-target.ts';
import { parseRoute, type Route } from './http/route.ts';

/**
 * A resource of the distribution API. Whoever has not signed in is asked to wherever he may not, malformed paths
 * included: what is there is nobody's business, and he may come back as somebody.
 */
export async function answerRoute(
  exchange: EndpointExchange,
  request: IncomingMessage,
  target: RequestTarget,
): Promise<Answer> {
  const { actor, session, access } = exchange;
  const ask = () => askToSignIn(exchange, { fault: 'absent' }, request, target);
  const route = parseRoute(request.method ?? '', target.path);
  if (route.kind === 'refused') return isStranger(session) ? ask() : route.answer;
  const operation = operationOf(route, request.method);
  if ('status' in operation) return isStranger(session) ? ask() : operation;
  const repository = 'repository' in route ? route.repository : undefined;
  const { verb, orVerb = verb } = operation;
  const isAllowed =
    verb === undefined || [verb, orVerb].some((one) => one !== undefined && mayIn(actor, one, repository));
  if (isStranger(session) && (!isAllowed || isOtherForMembers(route))) return ask();
  const mayBeSomebodyElse = session.holder.kind === 'anonymous';
  if (!isAllowed && !mayBeSomebodyElse) return denied(actor, verb, repository);
  const asked = { route, verb, query: target.query };
  if (isAllowed && isCovered(exchange, asked)) return operation.answer(exchange);
  return insufficientScope(challengeFor(access, request), challengedScope(asked), isAllowed);
}

/**
 * Whether signing in makes another answer of one that anybody is given. Most clients show credentials only when they are
 * asked to: here they find out how to, and that the list of repositories is longer for them. Anybody fetches a token.
 */
function isOtherForMembers({ kind }: Route): boolean {
  return kind === 'ping' || kind === 'catalog';
}

/** Whether the token that was shown, if it was one of ours, is for this. */
function isCovered({ actor, session: { scope } }: EndpointExchange, asked: Asked): boolean {
  if (scope === undefined) return true;
  return coversScopes(
    scope,
    neededScope(asked, (repository) => mayIn(actor, 'pull', repository)),
  );
}
