/** Signing in: what is shown to a registry with each request, learnt from its challenges. */
import { abortable } from '../wire/abortable.ts';
import type { Token } from './bearer.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { basicAuthorization, type CredentialSource } from './credentials.ts';
import { knownChallenge } from './known-services.ts';
import { parseScopes, repositoryOf, type Scope } from './scope.ts';
import { openTokenCache, type TokenCache } from './token-cache.ts';
import type { TokenDesk } from './token-desk.ts';

/** Signs requests to one registry. */
export interface Authorizer {
  /**
   * The `authorization` to send; undefined until the registry has asked for any, or when there is none to show.
   * It ends no sooner than `goodForMs` from now, where the token service makes them live as long.
   */
  authorization(scopes: readonly Scope[], signal?: AbortSignal, goodForMs?: number): Promise<string | undefined>;
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
  authorization(scopes: readonly Scope[], signal?: AbortSignal, goodForMs?: number): Promise<string | undefined>;
  renew(renewal: Renewal, signal?: AbortSignal): Promise<string | undefined>;
}

interface Renewal {
  readonly refused: string | undefined;
  readonly scopes: readonly Scope[];
  /** What the challenge names. */
  readonly wished: readonly Scope[];
}

/**
 * An authorizer that was told nothing by the registry yet: the first request goes without, and costs one 401 at most.
 * Where it is known what the registry would say, that is taken for said, until a token cannot be had that way.
 * Namespaces with credentials of their own get tokens of their own. A request that concerns two repositories, as a mount
 * does, shows those of the first.
 */
export function openAuthorizer(desk: TokenDesk, credentials: CredentialSource): Authorizer {
  const { registry } = desk.endpoint;
  let latest = knownChallenge(desk.endpoint);
  let isPresumed = latest !== undefined;
  let namespaces: Promise<readonly string[]> | undefined;
  const schemes = new Map<string, Scheme>();

  const listNamespaces = (): Promise<readonly string[]> => {
    const listing = credentials.namespaces?.(registry) ?? Promise.resolve([]);
    namespaces = listing;
    listing.catch(() => {
      if (namespaces === listing) namespaces = undefined;
    });
    return listing;
  };
  const schemeFor = async (challenge: Challenge, scopes: readonly Scope[], signal: AbortSignal | undefined) => {
    const namespace = namespaceOf(scopes, await abortable(namespaces ?? listNamespaces(), signal));
    const known = schemes.get(namespace);
    if (known?.key === keyOf(challenge)) return known;
    const lookup = namespace === '' ? {} : { repository: namespace };
    const opened = openScheme(challenge, desk, () => credentials(registry, lookup));
    schemes.set(namespace, opened);
    return opened;
  };

  return {
    async authorization(scopes, signal, goodForMs) {
      if (latest === undefined) return undefined;
      const wasPresumed = isPresumed;
      try {
        const scheme = await schemeFor(latest, scopes, signal);
        return await scheme.authorization(scopes, signal, goodForMs);
      } catch (error) {
        signal?.throwIfAborted();
        if (!wasPresumed) throw error;
        // The registry itself will say what it wants, and what is wrong will be told then.
        if (isPresumed) latest = undefined;
        isPresumed = false;
        return undefined;
      }
    },
    async renew(header, scopes, refused, signal) {
      const challenge = pickChallenge(parseChallenges(header));
      if (challenge === undefined) return undefined;
      latest = challenge;
      isPresumed = false;
      const scheme = await schemeFor(challenge, scopes, signal);
      const wished = parseScopes(challenge.parameters.get('scope') ?? '');
      return await scheme.renew({ refused, scopes, wished }, signal);
    },
  };
}

/** The longest namespace that the first repository among the scopes lies in; empty for none. */
function namespaceOf(scopes: readonly Scope[], namespaces: readonly string[]): string {
  const repository = scopes.map(repositoryOf).find((name) => name !== undefined);
  if (repository === undefined) return '';
  const around = namespaces.filter((name) => repository === name || repository.startsWith(`${name}/`));
  return around.reduce((longest, name) => (name.length > longest.length ? name : longest), '');
}

/** Bearer where the registry offers it: a token says less about us than a password. */
function pickChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  return bearer ?? challenges.find(({ scheme }) => scheme === 'basic');
}

function keyOf({ scheme, parameters }: Challenge): string {
  return scheme === 'basic' ? scheme : JSON.stringify([scheme, parameters.get('realm'), parameters.get('service')]);
}

type FindCredentials = () => ReturnType<CredentialSource>;

function openScheme(challenge: Challenge, desk: TokenDesk, find: FindCredentials): Scheme {
  const key = keyOf(challenge);
  if (challenge.scheme === 'basic') return openBasic(key, find);
  const service = {
    realm: challenge.parameters.get('realm') ?? '',
    service: challenge.parameters.get('service'),
  };
  const fetch = async (scopes: readonly Scope[]): Promise<Token> => {
    // Loaded once a registry wants tokens.
    const { fetchToken } = await import('./bearer.ts');
    return await fetchToken(desk, service, scopes, await find());
  };
  const tokens: TokenCache = openTokenCache(fetch, desk.timing.now, desk.tokens);
  return {
    key,
    authorization: (scopes, signal, goodForMs) => tokens.authorizationFor(scopes, signal, goodForMs),
    renew: ({ refused, scopes, wished }, signal) => tokens.replace(refused, scopes, wished, signal),
  };
}

/** Asks for the credentials once, and again only when they were refused. */
function openBasic(key: string, find: FindCredentials): Scheme {
  let known: Promise<string | undefined> | undefined;
  const load = (): Promise<string | undefined> => {
    const loading = find().then((found) =>
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
