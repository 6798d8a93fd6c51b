/** Workload identity: jobs of CI systems sign in with a token that their system made for this run. */
import type { Workload, WorkloadRun } from '../core/access.ts';
import { type AccessRule, applyRules, type WorkloadClaims } from '../core/access-rule.ts';
import type { IssuerConfig } from '../core/config.ts';
import { AccessError } from '../errors/errors.ts';
import type { ProxySettings } from '../oci/client/wire/proxy.ts';
import type { IdentityEvent } from './identity-event.ts';
import { openIssuerKeys } from './issuer-keys.ts';
import { openKeySource } from './key-source.ts';
import { parseClaims } from './parse-claims.ts';
import { type TrustedIssuer, verifyToken } from './verify-token.ts';

/** Who workloads are. */
export interface Identity {
  /**
   * Whose job the token was made for, and what the rules give it, which may be nothing.
   *
   * A token is good for as often as it is shown until it ends; what it asks for is made harmless to repeat by its
   * idempotency key.
   *
   * @throws AccessError IDENTITY_TOKEN_REFUSED.
   * @throws TransportError IDENTITY_ISSUER_UNREACHABLE.
   */
  authenticate(token: string): Promise<Workload>;
  /** The same before any rule: what can be kept, and asked about again. */
  verify(token: string): Promise<VerifiedWorkload>;
  /** What the rules give to a job whose token was verified. */
  admit(verified: VerifiedWorkload): Workload;
  close(): Promise<void>;
}

/** What a verified token says. Nothing in it is secret. */
export interface VerifiedWorkload {
  readonly claims: WorkloadClaims;
  readonly run: WorkloadRun;
  /** The token's own name, which no other token of its issuer has; undefined where the issuer gives none. */
  readonly tokenId: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** What identity is made of. */
export interface IdentityInit {
  readonly issuers: readonly IssuerConfig[];
  /** The rules that hold now: asked for whenever somebody is admitted. */
  readonly rules: () => readonly AccessRule[];
  readonly proxy: ProxySettings;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  readonly onEvent: (event: IdentityEvent) => void;
}

/** Notes that are told once each; more are told again. */
const notesMax = 1_000;

/**
 * Opens it. No issuer is asked for anything yet; files that are named are read, so that a mistake is told at the start.
 * @throws InputError CONFIG_INVALID for a file that cannot be read, or has no keys or certificate in it.
 */
export async function openIdentity({ issuers, rules, proxy, now, onEvent }: IdentityInit): Promise<Identity> {
  const opened = await Promise.all(
    issuers.map(async (issuer) => ({ ...issuer, source: await openKeySource(issuer, proxy) })),
  );
  const trusted = opened.map(({ name, issuer, audience, source }): TrustedIssuer => {
    return { name, issuer, audience, keys: openIssuerKeys({ name, read: source.read, now, onEvent }) };
  });
  const told = new Set<string>();
  const tell = (workload: string, note: string) => {
    if (told.has(note)) return;
    if (told.size >= notesMax) told.clear();
    told.add(note);
    onEvent({ kind: 'repository-renamed', workload, note });
  };
  const verify = async (token: string): Promise<VerifiedWorkload> => {
    const { issuer, payload, expiresAt } = await verifyToken(token, trusted, now());
    const read = parseClaims(issuer.name, payload);
    if (read === undefined) throw noRepository();
    return { ...read, tokenId: payload.jti, expiresAt };
  };
  const admit = ({ claims, run, expiresAt }: VerifiedWorkload): Workload => {
    const name = `${claims.issuer}:${claims.repository}`;
    const outcome = applyRules(rules(), claims);
    for (const note of outcome.notes) tell(name, note);
    return { name, ...outcome, run, expiresAt };
  };
  return {
    authenticate: async (token) => admit(await verify(token)),
    verify,
    admit,
    close: async () => void (await Promise.all(opened.map(({ source }) => source.close()))),
  };
}

function noRepository(): AccessError {
  return new AccessError({
    code: 'IDENTITY_TOKEN_REFUSED',
    message: 'not signed in: the token is refused: it names no repository',
    signedIn: false,
    fields: { fault: 'claim' },
  });
}
