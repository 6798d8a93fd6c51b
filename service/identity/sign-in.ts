/** Signing in with any token there is: one of ours, or one of a workload. */
import type { Actor } from '../../core/access.ts';
import { AccessError } from '../../errors/errors.ts';
import type { Identity } from '../../identity/identity.ts';
import { looksSigned } from '../../identity/signed-token.ts';
import type { AccessDirectory } from '../../registry/access/access-file.ts';
import type { CurrentRules } from '../../registry/access/current-rules.ts';

/** Who a token belongs to. */
export interface SignIn {
  /**
   * The actor; undefined when the token is nobody's.
   * @throws AccessError IDENTITY_TOKEN_REFUSED, TransportError IDENTITY_ISSUER_UNREACHABLE for a workload's token.
   */
  authenticate(token: string): Promise<Actor | undefined>;
}

/** What signing in stands on. */
export interface SignInInit {
  readonly access: Pick<AccessDirectory, 'authenticate'>;
  /** Absent where no issuer is configured. */
  readonly identity?: Identity | undefined;
  /** What tokens of ours get beside their role; absent: nothing. */
  readonly rules?: CurrentRules | undefined;
}

/** Signing in by the directory, and by the identities where some are configured. */
export function openSignIn({ access, identity, rules }: SignInInit): SignIn {
  return {
    async authenticate(token) {
      await rules?.refresh();
      if (!looksSigned(token)) {
        const member = await access.authenticate(undefined, token);
        return member === undefined || rules === undefined
          ? member
          : { ...member, grants: rules.members.grantsOf('token', member.name) };
      }
      if (identity !== undefined) return await identity.authenticate(token);
      throw new AccessError({
        code: 'IDENTITY_TOKEN_REFUSED',
        message: 'not signed in: the token is that of a workload, and no issuer is configured',
        wayOut: 'add identity and access to the configuration of the service, or send an API token',
        signedIn: false,
        fields: { fault: 'issuer' },
      });
    },
  };
}
