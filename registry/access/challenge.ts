/** What somebody is answered who is not believed, or whose token is for something else. */
import { type Answer, refusal } from '../http/answer.ts';
import type { SignInFault } from './session.ts';
import { formatScopes, type TokenScope } from './token-scope.ts';

/**
 * How clients are asked to sign in: by Basic, or by a token that they fetch at the realm for the service. Both are taken
 * in any case.
 */
export type Challenge =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: string; readonly service: string };

/** Where Basic is asked for, whatever holds elsewhere: resources for which our tokens are of no use. */
export const basicChallenge: Challenge = { kind: 'basic' };

const signInText = 'sign in with a user name and password, or a token as the password';
/** Which of them is wrong is not told, so that nobody finds out who is known here. */
const wrongText = 'wrong user name or password, or a token that is not valid any more';
const otherScopeText = 'the token is not for this: fetch one with the scope that is needed';

/**
 * The answer to whoever is not believed; `needed` is what a token would have to be for. The same for everybody, be the
 * user known or not, the path well-formed or not.
 *
 * Spec: RFC 7617, "The 'Basic' Authentication Scheme"; distribution v3, "Token Authentication Specification".
 */
export function faultAnswer(fault: SignInFault, challenge: Challenge, needed: TokenScope): Answer {
  if (fault.fault === 'early') return tooSoon(fault.waitMs);
  const isWrong = fault.fault === 'wrong';
  const error = isWrong && fault.isToken ? 'invalid_token' : undefined;
  return refusal(401, 'UNAUTHORIZED', isWrong ? (fault.why ?? wrongText) : signInText, {
    headers: { 'www-authenticate': formatChallenge(challenge, needed, error) },
  });
}

/**
 * The answer to a token that is not for this. Where its holder is nobody and may not do this, no scope would help:
 * clients go by the header all the same, and people by the words. Spec: RFC 6750, "Error Codes".
 */
export function insufficientScope(challenge: Challenge, needed: TokenScope, mayDoThis: boolean): Answer {
  return refusal(401, 'UNAUTHORIZED', mayDoThis ? otherScopeText : signInText, {
    headers: { 'www-authenticate': formatChallenge(challenge, needed, 'insufficient_scope') },
  });
}

function tooSoon(waitMs: number): Answer {
  return refusal(429, 'TOOMANYREQUESTS', 'too many wrong passwords: wait before the next', {
    headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) },
  });
}

function formatChallenge(challenge: Challenge, needed: TokenScope, error: string | undefined): string {
  if (challenge.kind === 'basic') return 'Basic realm="registry-action"';
  const { realm, service } = challenge;
  const scope = needed.length === 0 ? '' : `,scope="${formatScopes(needed)}"`;
  return `Bearer realm="${realm}",service="${service}"${scope}${error === undefined ? '' : `,error="${error}"`}`;
}
