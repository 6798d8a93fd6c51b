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

/** Of records that were asked for before: each request asks, and a record that changes is another object. */
const knownVersions = new WeakMap<object, string>();

/** The version of a record. Nothing can be read from it. */
export function versionOf(record: object): string {
  const known = knownVersions.get(record);
  if (known !== undefined) return known;
  const version = hash('sha256', JSON.stringify(record), 'base64url').slice(0, versionChars);
  knownVersions.set(record, version);
  return version;
}
