/** Tokens from a registry's token service. */
import type { Answer } from '../wire/answer.ts';
import { sendFollowing } from '../wire/redirect.ts';
import { attemptsMax, sendRepeatedly } from '../wire/retry.ts';
import type { TransportRequest } from '../wire/transport.ts';
import { basicAuthorization, type Credentials } from './credentials.ts';
import { exchangeEntraToken } from './entra-exchange.ts';
import { assertRealm, parseRealm } from './realm.ts';
import { formatScope, type Scope } from './scope.ts';
import { readTokenAnswer, tokenLifeMsDefault } from './token-answer.ts';
import { formRequest, type TokenDesk } from './token-desk.ts';

/** A token, ready to be sent. */
export interface Token {
  /** Value of the `authorization` header. */
  readonly authorization: string;
  /** How long it is good for, from when it was asked for. */
  readonly lifeMs: number;
}

/** What a Bearer challenge says about where tokens come from. */
export interface TokenService {
  readonly realm: string;
  readonly service: string | undefined;
}

/** How we introduce ourselves where a token service wants a name. */
const clientId = 'registry-action';

/** What tokens are made for: a password, an identity token, or nobody. */
type Identity = Exclude<Credentials, { readonly registryToken: string } | { readonly entraToken: string }> | undefined;

/**
 * A token for the scopes, all in one request.
 *
 * Spec: distribution v3.0.0, "Token Authentication Specification" (GET) and "OAuth2 Token Authentication" (POST).
 * @throws AccessError REGISTRY_DENIED when the service refuses, or must not be asked.
 */
export async function fetchToken(
  desk: TokenDesk,
  service: TokenService,
  scopes: readonly Scope[],
  credentials: Credentials | undefined,
): Promise<Token> {
  if (credentials !== undefined && 'registryToken' in credentials) {
    return { authorization: `Bearer ${credentials.registryToken}`, lifeMs: tokenLifeMsDefault };
  }
  const realm = parseRealm(service.realm, desk.endpoint, credentials !== undefined);
  const asked = { operation: 'fetch token for', subject: `${desk.endpoint.registry} from ${realm.host}` };
  const identity = await identityOf(desk, credentials);
  const sendHop = async (hop: TransportRequest): Promise<Answer> => {
    // Whoever a token service redirects to is one, and under the same rules.
    assertRealm(hop.url, desk.endpoint, identity !== undefined);
    return await desk.send(hop);
  };
  const send = (): Promise<Answer> =>
    identity !== undefined && 'identityToken' in identity
      ? desk.send(formRequest(desk, realm, tokenForm(service, scopes, identity.identityToken)))
      : sendFollowing(sendHop, tokenRequest(desk, realm, service, scopes, identity), asked);
  const { token, lifeMs } = await sendRepeatedly(
    send,
    (answer) => readTokenAnswer(answer, ['token', 'access_token'], asked),
    { timing: desk.timing, attempts: attemptsMax, signal: undefined },
  );
  return { authorization: `Bearer ${token}`, lifeMs };
}

async function identityOf(
  desk: TokenDesk,
  credentials: Exclude<Credentials, { readonly registryToken: string }> | undefined,
): Promise<Identity> {
  if (credentials === undefined || !('entraToken' in credentials)) return credentials;
  return { identityToken: await exchangeEntraToken(desk, credentials.entraToken) };
}

function tokenRequest(
  desk: TokenDesk,
  realm: URL,
  service: TokenService,
  scopes: readonly Scope[],
  identity: { readonly username: string; readonly password: string } | undefined,
): TransportRequest {
  const url = new URL(realm);
  if (service.service !== undefined) url.searchParams.append('service', service.service);
  for (const scope of scopes) url.searchParams.append('scope', formatScope(scope));
  const authorization = identity && basicAuthorization(identity.username, identity.password);
  const headers = { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  return { method: 'GET', url, headers, answerMs: desk.timing.answerMs };
}

function tokenForm(service: TokenService, scopes: readonly Scope[], identityToken: string): URLSearchParams {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: identityToken });
  if (service.service !== undefined) form.append('service', service.service);
  if (scopes.length > 0) form.append('scope', scopes.map(formatScope).join(' '));
  return form;
}
