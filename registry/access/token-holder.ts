/** Whom a token of ours was given to, as it says it: enough to look up with every use what he may now. */
import type { VerifiedWorkload } from '../../identity/identity.ts';
import { parseObject } from '../json-object.ts';
import type { CredentialName } from './holder.ts';

export type TokenHolder =
  /** Somebody whom the directory knows, and the version of his record. */
  | { readonly kind: 'credential'; readonly credential: CredentialName; readonly version: string }
  /** A job of a CI system. */
  | { readonly kind: 'workload'; readonly workload: VerifiedWorkload }
  /** Whoever has not signed in. */
  | { readonly kind: 'anonymous' };

const credentialKinds = ['user', 'token', 'htpasswd'] as const;

/** The holder in a verified token; undefined when it is not of our making. */
export function parseHolderClaim(value: unknown): TokenHolder | undefined {
  const { kind, credential, version, workload } = parseObject(value) ?? {};
  switch (kind) {
    case 'anonymous':
      return { kind };
    case 'credential': {
      const named = parseCredential(credential);
      return named === undefined || typeof version !== 'string' ? undefined : { kind, credential: named, version };
    }
    case 'workload': {
      const verified = parseWorkload(workload);
      return verified && { kind, workload: verified };
    }
    default:
      return undefined;
  }
}

function parseCredential(value: unknown): CredentialName | undefined {
  const { kind, id } = parseObject(value) ?? {};
  const known = credentialKinds.find((each) => each === kind);
  return known === undefined || typeof id !== 'string' ? undefined : { kind: known, id };
}

function parseWorkload(value: unknown): VerifiedWorkload | undefined {
  const { claims, run, tokenId, expiresAt } = parseObject(value) ?? {};
  const claim = textsOf(claims);
  const ofRun = textsOf(run);
  const [issuer, repository] = [claim('issuer'), claim('repository')];
  if (issuer === undefined || repository === undefined || typeof expiresAt !== 'number') return undefined;
  return {
    claims: {
      ...{ issuer, repository, repositoryId: claim('repositoryId'), ownerId: claim('ownerId') },
      ...{ workflow: claim('workflow'), ref: claim('ref'), environment: claim('environment') },
      ...{ event: claim('event'), runner: claim('runner') },
    },
    run: {
      ...{ by: ofRun('by'), id: ofRun('id'), attempt: ofRun('attempt') },
      ...{ workflow: ofRun('workflow'), event: ofRun('event') },
    },
    tokenId: typeof tokenId === 'string' ? tokenId : undefined,
    expiresAt,
  };
}

function textsOf(value: unknown): (name: string) => string | undefined {
  const object = parseObject(value) ?? {};
  return (name) => {
    const text = object[name];
    return typeof text === 'string' ? text : undefined;
  };
}
