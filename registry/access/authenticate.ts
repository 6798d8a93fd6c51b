/** Who sends a request. */
import type { Member } from '../../core/access.ts';
import { type Answer, refusal } from '../http/answer.ts';
import type { AccessDirectory } from './access-file.ts';

/** The access directory's actor for an Authorization header; undefined for none, a malformed one and a wrong one alike. */
export async function authenticate(header: string | undefined, access: AccessDirectory): Promise<Member | undefined> {
  const credentials = parseAuthorization(header ?? '');
  return credentials === undefined ? undefined : access.authenticate(credentials.username, credentials.secret);
}

/** What anybody gets who is not signed in, whatever they asked for. Spec: RFC 7617, "The 'Basic' Authentication Scheme". */
export function signInRequired(): Answer {
  return refusal(401, 'UNAUTHORIZED', 'sign in with a user name and password, or a token as the password', {
    headers: { 'www-authenticate': 'Basic realm="registry-action"' },
  });
}

interface PresentedCredentials {
  readonly username: string | undefined;
  readonly secret: string;
}

const authorizationGrammar = /^(basic|bearer) +([A-Za-z0-9+/_.~-]+=*)$/i;

function parseAuthorization(header: string): PresentedCredentials | undefined {
  const [, scheme, value] = authorizationGrammar.exec(header) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { username: undefined, secret: value };
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : { username: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}
