/** Tokens from a registry's token service. */
import type { Answer } from '../wire/answer.ts';
import type { Endpoint } from '../wire/endpoint.ts';
import { sendFollowing } from '../wire/redirect.ts';
import { type Asked, brokenAnswer, throwRefusal } from '../wire/refusal.ts';
import { attemptsMax, sendRepeatedly } from '../wire/retry.ts';
import type { Timing } from '../wire/timing.ts';
import type { TransportRequest } from '../wire/transport.ts';
import { basicAuthorization, type Credentials } from './credentials.ts';
import { parseRealm } from './realm.ts';
import { formatScope, type Scope } from './scope.ts';

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

/** What asking for a token takes. */
export interface TokenDesk {
  readonly endpoint: Endpoint;
  readonly timing: Timing;
  send(request: TransportRequest): Promise<Answer>;
}

/** Life of a token whose answer does not tell. Spec: distribution v3.0.0, "Token Authentication Specification". */
const tokenLifeMsDefault = 60_000;

/** Longest life we believe; a token refused earlier is replaced anyway. */
const tokenLifeMsMax = 24 * 3_600_000;

/** Largest answer with a token. */
const tokenAnswerSizeBytesMax = 64 * 1024;

/** Characters a header value may have, so that a token cannot smuggle in another header. */
const tokenGrammar = /^[\x21-\x7e]+$/;

/** How we introduce ourselves where a token service wants a name. */
const clientId = 'registry-action';

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
  const sendHop = async (hop: TransportRequest): Promise<Answer> => {
    // Whoever a token service redirects to is one, and under the same rules.
    parseRealm(hop.url.href, desk.endpoint, credentials !== undefined);
    return await desk.send(hop);
  };
  const send = (): Promise<Answer> => {
    if (credentials !== undefined && 'identityToken' in credentials) {
      // Not followed: the secret is in the body, which would go wherever a redirect points.
      return desk.send(exchangeRequest(desk, realm, service, scopes, credentials.identityToken));
    }
    return sendFollowing(sendHop, tokenRequest(desk, realm, service, scopes, credentials), asked);
  };
  return await sendRepeatedly(send, (answer) => readToken(answer, asked), {
    timing: desk.timing,
    attempts: attemptsMax,
    signal: undefined,
  });
}

function tokenRequest(
  desk: TokenDesk,
  realm: URL,
  service: TokenService,
  scopes: readonly Scope[],
  credentials: { readonly username: string; readonly password: string } | undefined,
): TransportRequest {
  const url = new URL(realm);
  if (service.service !== undefined) url.searchParams.append('service', service.service);
  for (const scope of scopes) url.searchParams.append('scope', formatScope(scope));
  const authorization = credentials && basicAuthorization(credentials.username, credentials.password);
  const headers = { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  return { method: 'GET', url, headers, answerMs: desk.timing.answerMs };
}

function exchangeRequest(
  desk: TokenDesk,
  url: URL,
  service: TokenService,
  scopes: readonly Scope[],
  identityToken: string,
): TransportRequest {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: identityToken });
  if (service.service !== undefined) form.append('service', service.service);
  if (scopes.length > 0) form.append('scope', scopes.map(formatScope).join(' '));
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url, headers, body: Buffer.from(form.toString()), answerMs: desk.timing.answerMs };
}

async function readToken(answer: Answer, asked: Asked): Promise<Token> {
  if (answer.status !== 200) return await throwRefusal(answer, asked);
  const bytes = await answer.readBytes(tokenAnswerSizeBytesMax);
  if (bytes === undefined) throw brokenAnswer(answer, asked, `more than ${tokenAnswerSizeBytesMax} bytes`);
  const fields = parseFields(new TextDecoder().decode(bytes));
  const token = [fields?.['token'], fields?.['access_token']].find(
    (value) => typeof value === 'string' && value !== '',
  );
  if (typeof token !== 'string' || !tokenGrammar.test(token))
    throw brokenAnswer(answer, asked, 'no token in the answer');
  return { authorization: `Bearer ${token}`, lifeMs: parseLifeMs(fields?.['expires_in']) };
}

function parseFields(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function parseLifeMs(seconds: unknown): number {
  const valid = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0;
  return valid ? Math.min(seconds * 1000, tokenLifeMsMax) : tokenLifeMsDefault;
}
