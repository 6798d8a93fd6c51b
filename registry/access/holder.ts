/** Who holds a credential, and how to ask again later whether they still do. */
import { hash } from 'node:crypto';
import type { Member } from '../../core/access.ts';

/** A password of a user, or an API token, by a name that is not secret. */
export interface CredentialName {
  readonly kind: 'user' | 'token' | 'htpasswd';
  /** Name of the user, or id of the token. */
  readonly id: string;
}

export interface Holder {
  readonly member: Member;
  readonly credential: CredentialName;
  /** Another one as soon as the secret, the role or a limit is another one: what was given for the former ends then. */
  readonly version: string;
}

/** Characters of a version: enough that nobody finds two records with the same. */
const versionChars = 22;

/** Records are read once and replaced as a whole, and asked about with every request. */
const known = new WeakMap<object, string>();

/** The version of a record. Nothing can be read from it. */
export function versionOf(record: object): string {
  const version = known.get(record) ?? hash('sha256', JSON.stringify(record), 'base64url').slice(0, versionChars);
  known.set(record, version);
  return version;
}
