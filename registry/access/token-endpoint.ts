/** `/token`: one of our short-lived tokens, for whoever signs in, and for anybody where rules let anybody in. */
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { Endpoint, OpenRequest } from '../http/endpoint.ts';
import { limitRequests } from '../watch/limit-requests.ts';
import { mayIn } from './authorize.ts';
import { basicChallenge, faultAnswer } from './challenge.ts';
import type { SignInFault } from './session.ts';
import { type MintedRegistryToken, tokenCharsMax } from './token-issuer.ts';
import { readTokenForm, readTokenQuery, type TokenRequest, type TokenRequestFault } from './token-request.ts';
import { formatScopes, grantScopes, type TokenScope } from './token-scope.ts';

/** Docker asks by GET; containerd and BuildKit try POST first. */
export const tokenEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/token', verb: undefined, answer: (request) => answerWith(request, readTokenQuery) },
  { method: 'POST', path: '/token', verb: undefined, answer: (request) => answerWith(request, readTokenForm) },
];

/** A clock may differ from the issuer's, but we give nothing for less than a second. */
const tokenEnded: SignInFault = { fault: 'wrong', isToken: false, why: 'not signed in: the token has expired' };

type ReadRequest = (
  request: OpenRequest,
  service: string,
) => TokenRequest | TokenRequestFault | Promise<TokenRequest | TokenRequestFault>;

/**
 * Whoever asks for more than he may gets what he may: the client learns the rest when it is refused.
 *
 * Spec: distribution v3, "Token Authentication Specification".
 */
async function answerWith(request: OpenRequest, readRequest: ReadRequest): Promise<Answer> {
  const { access, remoteAddress } = request;
  const asked = await readRequest(request, access.service());
  if (typeof asked === 'string') return requestRefused(asked);
  const session = await access.signIn.authenticateAs(asked.credentials, remoteAddress);
  if ('fault' in session) return refuse(session, request);
  const { actor, holder, endsAt = Number.POSITIVE_INFINITY } = session;
  if (endsAt <= request.now()) return refuse(tokenEnded, request);
  const limited = limitRequests(request, session, remoteAddress);
  if (limited !== undefined) return limited;
  const scope = grantScopes(asked.scope, (verb, repository) => mayIn(actor, verb, repository));
  const minted = await access.issuer.mint({ subject: actor.name, holder, scope }, endsAt);
  return minted === undefined ? requestRefused('invalid_scope') : tokenAnswer(minted, scope);
}

function refuse(fault: SignInFault, { onEvent, remoteAddress }: OpenRequest): Answer {
  if (fault.fault !== 'absent') onEvent({ kind: 'sign-in-failed', remoteAddress });
  return faultAnswer(fault, basicChallenge, []);
}

/** Both names of the token are in use: Docker's own, and that of OAuth 2.0. */
function tokenAnswer({ text, issuedAt, lifeSeconds }: MintedRegistryToken, scope: TokenScope): Answer {
  const token = { token: text, access_token: text, token_type: 'Bearer' };
  const times = { expires_in: lifeSeconds, issued_at: new Date(issuedAt * 1000).toISOString() };
  return jsonAnswer({ ...token, ...times, scope: formatScopes(scope) }, { headers: { 'cache-control': 'no-store' } });
}

const faultTexts: Readonly<Record<TokenRequestFault, string>> = {
  invalid_request: 'send a user name and a password in an Authorization header, or a form with grant_type=password',
  invalid_scope: `a scope is written repository:<name>:<pull,push,delete>; a token has at most ${tokenCharsMax} characters`,
  unsupported_grant_type: 'grant_type is password: there are no refresh tokens here',
  invalid_target: 'service is that of the challenge: tokens are for this registry alone',
};

/** As both specifications want it, so that every client finds the reason. Spec: RFC 6749, "Error Response". */
function requestRefused(fault: TokenRequestFault): Answer {
  const message = faultTexts[fault];
  const errors = [{ code: 'UNSUPPORTED', message }];
  return jsonAnswer(
    { error: fault, error_description: message, errors },
    { status: 400, headers: { 'cache-control': 'no-store' } },
  );
}
