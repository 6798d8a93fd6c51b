/** Realms: where a registry sends us for a token, and whether we go there. */
import { AccessError } from '../../../errors/errors.ts';
import type { Endpoint } from '../wire/endpoint.ts';
import { isLoopbackHost, isPrivateHost } from '../wire/private-host.ts';
import { isSameSite } from './site.ts';

/** Registries known to have their tokens made under another name. */
const knownRealms: ReadonlyMap<string, string> = new Map([['registry.hub.docker.com', 'auth.docker.io']]);

/**
 * The realm of a challenge. A registry behind a proxy that speaks TLS for it writes its own address with the scheme that
 * it sees itself: Nexus 3.77 `null://host/v2/token` (nexus-public #580), others plain HTTP (nexus-public #435, harbor
 * #20530). It is asked over HTTPS all the same, as for everything else.
 *
 * @throws what `assertRealm` throws.
 */
export function parseRealm(text: string, endpoint: Endpoint, withSecret: boolean): URL {
  const realm = URL.parse(text.replace(/^null:/, endpoint.url.protocol));
  if (realm === null || !/^https?:$/.test(realm.protocol)) throw refused(endpoint, 'is not an http or https URL');
  if (realm.hostname === endpoint.url.hostname && endpoint.url.protocol === 'https:') realm.protocol = 'https:';
  assertRealm(realm, endpoint, withSecret);
  return realm;
}

/**
 * Whether a token may be asked for at the URL. Whoever can write a challenge could otherwise have our credentials sent
 * to himself, or our requests into the network we run in (CVE-2026-48978, CVE-2026-33540, CVE-2020-15157).
 *
 * With a secret to send, the realm must be at the registry's own site; without one, any public host may make the token.
 * The host that the configuration names as the token service of this registry may always.
 *
 * @throws AccessError REGISTRY_DENIED for plain HTTP that the registry does not use itself, a private address that is not
 * the registry's own, and a foreign site.
 */
export function assertRealm(realm: URL, endpoint: Endpoint, withSecret: boolean): void {
  if (realm.protocol === 'http:' && endpoint.url.protocol === 'https:') {
    throw refused(endpoint, `is not https: ${realm.origin}`);
  }
  if (realm.username !== '' || realm.password !== '') throw refused(endpoint, 'has credentials in it');
  if (isNamed(realm, endpoint.tokenService)) return;
  if (!isPublicOrOwn(realm, endpoint.url)) throw refused(endpoint, `lies in a private network: ${realm.origin}`);
  if (withSecret && !isSiteOf(realm, endpoint.url)) throw refused(endpoint, `belongs to another site: ${realm.origin}`);
}

/** The name is `host` or `host:port`; without a port it is that of the scheme. */
function isNamed(realm: URL, tokenService: string | undefined): boolean {
  return tokenService !== undefined && URL.parse(`${realm.protocol}//${tokenService}`)?.host === realm.host;
}

/**
 * Stricter than for redirects: a registry in a private network has no business with the other machines of it, unless
 * somebody says so. This machine is one host by all its names.
 */
function isPublicOrOwn(realm: URL, registry: URL): boolean {
  if (realm.hostname === registry.hostname || !isPrivateHost(realm.hostname)) return true;
  return isLoopbackHost(realm.hostname) && isLoopbackHost(registry.hostname);
}

function isSiteOf(realm: URL, registry: URL): boolean {
  return isSameSite(realm.hostname, registry.hostname) || knownRealms.get(registry.hostname) === realm.hostname;
}

function refused(endpoint: Endpoint, why: string): AccessError {
  return new AccessError({
    code: 'REGISTRY_DENIED',
    message: `will not sign in to ${endpoint.registry}: the realm it names ${why}`,
    wayOut:
      'see whether the address of the registry is right; if its tokens do come from another site, name that host as its ' +
      'tokenService in the configuration',
    signedIn: false,
  });
}
