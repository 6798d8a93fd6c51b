/** A job of a CI system, which shows the token of its system as a password. */
import { AccessError } from '../../errors/errors.ts';
import type { Identity } from '../../identity/identity.ts';
import { looksSigned } from '../../identity/signed-token.ts';
import type { Session, SignInFault } from './session.ts';
import { openShownTokens } from './shown-tokens.ts';

/** Whose job the token from the address is for, with the rights that rules give it until the token ends. */
export type WorkloadSignIn = (token: string, address: string) => Promise<Session | SignInFault>;

/** The user names under which a job shows its token; `docker login` wants one. */
const workloadNames = ['oidc', ''];

/** Whether the password is meant as the token of a job. */
export function isWorkloadToken(username: string, secret: string): boolean {
  return workloadNames.includes(username) && looksSigned(secret);
}

/** Nobody has shown a token yet. Without `identity` no issuer is configured, and nobody is believed. */
export function openWorkloadSignIn(identity: Identity | undefined, now: () => number): WorkloadSignIn {
  const shown = openShownTokens(now);
  return async (token, address) => {
    if (identity === undefined) return refused('no issuer of such tokens is configured');
    try {
      const workload = await identity.verify(token);
      const { tokenId, expiresAt, claims } = workload;
      if (tokenId === undefined) return refused('the token has no name of its own (jti)');
      if (!shown.isAtHome({ issuer: claims.issuer, tokenId, expiresAt }, address)) {
        return refused('the token was shown from another address before');
      }
      const holder = { kind: 'workload', workload } as const;
      return { actor: identity.admit(workload), holder, scope: undefined, endsAt: expiresAt };
    } catch (error) {
      if (error instanceof AccessError) return refused(error.message);
      throw error;
    }
  };
}

function refused(why: string): SignInFault {
  return { fault: 'wrong', isToken: false, why };
}
