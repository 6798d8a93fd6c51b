/** What somebody asks of `/token`. */
import type { OpenRequest } from '../http/endpoint.ts';
import { readBody } from '../http/request-body.ts';
import { onlyValue } from '../http/request-target.ts';
import { type Credentials, parseAuthorization } from './credentials.ts';
import { parseScopes, type TokenScope } from './token-scope.ts';

export interface TokenRequest {
  /** Undefined for none: whoever has not signed in asks, too. */
  readonly credentials: Credentials | undefined;
  readonly scope: TokenScope;
}

/** Why a request is none. Spec: RFC 6749, "Error Response". */
export type TokenRequestFault = 'invalid_request' | 'invalid_scope' | 'unsupported_grant_type' | 'invalid_target';

/** Largest form: a workload's token and a hundred scopes are less. */
const formBytesMax = 64 * 1024;

/**
 * Docker's own way: credentials in the header, `scope` once for each resource. What it says of `account`, `client_id` and
 * `offline_token` changes nothing.
 *
 * Spec: distribution v3, "Token Authentication Specification".
 */
export function readTokenQuery(
  { query, headers }: Pick<OpenRequest, 'query' | 'headers'>,
  service: string,
): TokenRequest | TokenRequestFault {
  const { authorization } = headers;
  const credentials = authorization === undefined ? undefined : parseAuthorization(authorization);
  if (authorization !== undefined && credentials?.username === undefined) return 'invalid_request';
  return requestFor(credentials, query, service);
}

/**
 * The way of OAuth 2.0: credentials in the form, `scope` with all resources. There are no refresh tokens: nobody who asks
 * for one with `access_type=offline` gets one, and no text is taken for one.
 *
 * Spec: distribution v3, "OAuth2 Token Authentication".
 */
export async function readTokenForm(
  { headers, body }: Pick<OpenRequest, 'headers' | 'body'>,
  service: string,
): Promise<TokenRequest | TokenRequestFault> {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return 'invalid_request';
  const bytes = await readBody(body, formBytesMax);
  if (bytes === undefined) return 'invalid_request';
  const form = new URLSearchParams(new TextDecoder().decode(bytes));
  const [grant, username, secret] = ['grant_type', 'username', 'password'].map((name) => onlyValue(form, name));
  if (grant === undefined) return 'invalid_request';
  if (grant !== 'password') return 'unsupported_grant_type';
  if (username === undefined || secret === undefined) return 'invalid_request';
  return requestFor({ username, secret }, form, service);
}

function requestFor(
  credentials: Credentials | undefined,
  parameters: URLSearchParams,
  service: string,
): TokenRequest | TokenRequestFault {
  if (parameters.has('service') && onlyValue(parameters, 'service') !== service) return 'invalid_target';
  const scope = parseScopes(parameters.getAll('scope'));
  return scope === undefined ? 'invalid_scope' : { credentials, scope };
}
