/**
 * Who sends a request: a user with a password, whoever has an API token, a job of a CI system, the holder of one of our
 * short-lived tokens, or anybody where rules let anybody in.
 */
import type { Identity } from '../../identity/identity.ts';
import type { AccessDirectory } from './access-file.ts';
import { type Credentials, parseAuthorization } from './credentials.ts';
import type { CurrentRules } from './current-rules.ts';
import type { Holder } from './holder.ts';
import type { Session, SignInFault } from './session.ts';
import { openSignInDelay } from './sign-in-delay.ts';
import type { TokenHolder } from './token-holder.ts';
import type { TokenIssuer } from './token-issuer.ts';
import type { TokenScope } from './token-scope.ts';
import { looksLikeToken } from './token-secret.ts';
import { isWorkloadToken, openWorkloadSignIn } from './workload-sign-in.ts';

export interface SignInRequest {
  /** The header. */
  readonly authorization: string | undefined;
  /** IP address it comes from. */
  readonly remoteAddress: string;
}

export interface SignIn {
  /**
   * Who sends it.
   * @throws TransportError SIGN_IN_BUSY, IDENTITY_ISSUER_UNREACHABLE.
   */
  authenticate(request: SignInRequest): Promise<Session | SignInFault>;
  /** The same for credentials from somewhere else; undefined for none. */
  authenticateAs(credentials: Credentials | undefined, remoteAddress: string): Promise<Session | SignInFault>;
}

export interface SignInInit {
  readonly access: AccessDirectory;
  readonly issuer: TokenIssuer;
  /** Undefined where no issuer is configured. */
  readonly identity: Identity | undefined;
  readonly rules: CurrentRules;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

/** Nobody is signed in between requests: each is asked anew, by the records as they are then. */
export function openSignIn({ access, issuer, identity, rules, now }: SignInInit): SignIn {
  const delay = openSignInDelay(now);
  const withWorkloadToken = openWorkloadSignIn(identity, now);

  /** The role that a member's credential has, with what the rules give beside it. */
  function sessionOf({ member, credential, version }: Holder, scope?: TokenScope): Session {
    const kind = credential.kind === 'token' ? 'token' : 'user';
    const actor = { ...member, grants: rules.members.grantsOf(kind, member.name) };
    return { actor, holder: { kind: 'credential', credential, version }, scope };
  }

  function anonymousSession(scope?: TokenScope): Session | undefined {
    const { anonymous } = rules.members;
    return anonymous && { actor: anonymous, holder: { kind: 'anonymous' }, scope };
  }

  async function resume(holder: TokenHolder, scope: TokenScope): Promise<Session | undefined> {
    switch (holder.kind) {
      case 'anonymous':
        return anonymousSession(scope);
      case 'credential': {
        const now = await access.recall(holder.credential);
        return now?.version === holder.version ? sessionOf(now, scope) : undefined;
      }
      case 'workload': {
        const { workload } = holder;
        return identity && { actor: identity.admit(workload), holder, scope, endsAt: workload.expiresAt };
      }
    }
  }

  async function withBearer(secret: string): Promise<Session | SignInFault> {
    const wrong = { fault: 'wrong', isToken: true } as const;
    if (looksLikeToken(secret)) {
      const holder = await access.identify(undefined, secret);
      return holder === undefined ? wrong : sessionOf(holder);
    }
    const claims = await issuer.verify(secret);
    return (claims && (await resume(claims.holder, claims.scope))) ?? wrong;
  }

  async function withPassword(username: string, secret: string, address: string): Promise<Session | SignInFault> {
    const attempt = delay.admit(address, username);
    if (typeof attempt === 'number') return { fault: 'early', waitMs: attempt };
    let holder: Holder | undefined;
    try {
      holder = await access.identify(username, secret);
    } catch (error) {
      attempt.drop();
      throw error;
    }
    if (holder === undefined) attempt.fail();
    else attempt.succeed();
    return holder === undefined ? { fault: 'wrong', isToken: false } : sessionOf(holder);
  }

  async function authenticateAs(credentials: Credentials | undefined, address: string): Promise<Session | SignInFault> {
    await rules.refresh();
    if (credentials === undefined) return anonymousSession() ?? { fault: 'absent' };
    const { username, secret } = credentials;
    if (username === undefined) return withBearer(secret);
    if (isWorkloadToken(username, secret)) return withWorkloadToken(secret, address);
    // A token cannot be guessed, so it is looked at whatever else was tried here.
    if (!looksLikeToken(secret)) return withPassword(username, secret, address);
    const holder = await access.identify(username, secret);
    return holder === undefined ? { fault: 'wrong', isToken: false } : sessionOf(holder);
  }

  return {
    async authenticate({ authorization, remoteAddress }) {
      if (authorization === undefined) return authenticateAs(undefined, remoteAddress);
      const credentials = parseAuthorization(authorization);
      return credentials === undefined
        ? { fault: 'wrong', isToken: false }
        : authenticateAs(credentials, remoteAddress);
    },
    authenticateAs,
  };
}
