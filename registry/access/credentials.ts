/** What an Authorization header shows. */

/** A password or token, with the user name it came with; undefined for a bearer token, which comes alone. */
export interface Credentials {
  readonly username: string | undefined;
  readonly secret: string;
}

const authorizationGrammar = /^(basic|bearer) +([A-Za-z0-9+/_.~-]+=*)$/i;

/**
 * The credentials in the header; undefined when it is malformed or of another scheme.
 *
 * Spec: RFC 7617, "The 'Basic' Authentication Scheme"; RFC 6750, "Authorization Request Header Field".
 */
export function parseAuthorization(header: string): Credentials | undefined {
  const [, scheme, value] = authorizationGrammar.exec(header) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { username: undefined, secret: value };
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : { username: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}
