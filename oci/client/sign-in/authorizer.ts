/** Signing in: what is shown to a registry with each request, learnt from its challenges. */
import { abortable } from '../wire/abortable.ts';
import { fetchToken, type TokenDesk } from './bearer.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { basicAuthorization, type CredentialSource } from './credentials.ts';
import { parseScopes, type Scope } from './scope.ts';
import { openTokenCache, type TokenCache } from './token-cache.ts';

/** Signs requests to one registry. */
export interface Authorizer {
  /** The `authorization` to send; undefined until the registry has asked for any, or when there is none to show. */
  authorization(scopes: readonly Scope[], signal?: AbortSignal): Promise<string | undefined>;
  /** Another one than was refused with this `www-authenticate`; undefined when there is no other. */
  renew(
    challenge: string,
    scopes: readonly Scope[],
    refused: string | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined>;
}

/** How a registry wants to be shown credentials. */
interface Scheme {
  /** Equal for challenges that ask for the same thing. */
  readonly key: string;
  authorization(scopes: readonly Scope[], signal?: AbortSignal): Promise<string | undefined>;
  renew(renewal: Renewal, signal?: AbortSignal): Promise<string | undefined>;
}

interface Renewal {
  readonly refused: string | undefined;
  readonly scopes: readonly Scope[];
  /** What the challenge names. */
  readonly wished: readonly Scope[];
}

/** An authorizer that knows nothing of the registry yet: the first request goes without, and costs one 401 at most. */
export function openAuthorizer(desk: TokenDesk, credentials: CredentialSource): Authorizer {
  let scheme: Scheme | undefined;
  return {
    authorization: async (scopes, signal) => await scheme?.authorization(scopes, signal),
    async renew(header, scopes, refused, signal) {
      const challenge = pickChallenge(parseChallenges(header));
      if (challenge === undefined) return undefined;
      if (scheme?.key !== keyOf(challenge)) scheme = openScheme(challenge, desk, credentials);
      const wished = parseScopes(challenge.parameters.get('scope') ?? '');
      return await scheme.renew({ refused, scopes, wished }, signal);
    },
  };
}

/** Bearer where the registry offers it: a token says less about us than a password. */
function pickChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  return bearer ?? challenges.find(({ scheme }) => scheme === 'basic');
}

function keyOf({ scheme, parameters }: Challenge): string {
  return scheme === 'basic' ? scheme : JSON.stringify([scheme, parameters.get('realm'), parameters.get('service')]);
}

function openScheme(challenge: Challenge, desk: TokenDesk, credentials: CredentialSource): Scheme {
  const key = keyOf(challenge);
  const registry = desk.endpoint.registry;
  if (challenge.scheme === 'basic') return openBasic(key, () => credentials(registry));
  const service = {
    realm: challenge.parameters.get('realm') ?? '',
    service: challenge.parameters.get('service'),
  };
  const tokens: TokenCache = openTokenCache(
    async (scopes) => await fetchToken(desk, service, scopes, await credentials(registry)),
    desk.timing.now,
  );
  return {
    key,
    authorization: (scopes, signal) => tokens.authorizationFor(scopes, signal),
    renew: ({ refused, scopes, wished }, signal) => tokens.replace(refused, scopes, wished, signal),
  };
}

/** Asks for the credentials once, and again only when they were refused. */
function openBasic(key: string, credentials: () => ReturnType<CredentialSource>): Scheme {
  let known: Promise<string | undefined> | undefined;
  const load = (): Promise<string | undefined> => {
    const loading = credentials().then((found) =>
      found !== undefined && 'password' in found ? basicAuthorization(found.username, found.password) : undefined,
    );
    known = loading;
    loading.catch(() => {
      if (known === loading) known = undefined;
    });
    return loading;
  };
  return {
    key,
    authorization: (_, signal) => abortable(known ?? load(), signal),
    async renew({ refused }, signal) {
      const current = known && (await abortable(known, signal));
      if (current !== undefined && current !== refused) return current;
      const loaded = await abortable(load(), signal);
      return loaded === refused ? undefined : loaded;
    },
  };
}
