/** The issuers of a configuration whose tokens the service believes, resolved. */
import type { IssuerConfig } from '../core/config.ts';
import { fromDirectory } from './config-path.ts';
import type { ReportProblem } from './config-problem.ts';
import { isLoopbackHost } from './loopback.ts';
import type { WrittenParts } from './written-parts.ts';

/** The sound ones, by written order; every fault of the others is reported. */
export function resolveIssuers(parts: WrittenParts, directory: string, report: ReportProblem): readonly IssuerConfig[] {
  const namesOf = new Map<string, string>();
  return [...parts.issuers].flatMap(([name, { issuer, audience, jwks, ca }]) => {
    if (issuer === undefined || audience === undefined) return [];
    const first = namesOf.get(issuer) ?? name;
    namesOf.set(issuer, first);
    const faults = [
      [['issuer'], issuerFault(issuer) ?? (first === name ? undefined : `is the issuer of ${first} already`)],
      [['audience'], audienceFault(audience, issuer)],
    ] as const;
    for (const [key, message] of faults) {
      if (message !== undefined) report(['identity', 'issuers', name, ...key], message);
    }
    const keysFile = jwks === undefined ? undefined : fromDirectory(directory, jwks.file);
    const caFile = ca === undefined ? undefined : fromDirectory(directory, ca.file);
    return [{ name, issuer, audience, keysFile, caFile }];
  });
}

/** Why it is no issuer; the text itself is not repeated: it may hold a password. */
function issuerFault(issuer: string): string | undefined {
  const url = URL.parse(issuer);
  if (url === null || /\s/.test(issuer)) return 'write an address, such as https://token.actions.githubusercontent.com';
  if (url.username !== '' || url.password !== '') return 'credentials do not belong in an address';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    return 'an issuer is asked by https alone: its keys decide who may do what';
  }
  if (url.search !== '' || url.hash !== '') return 'write it without a query';
  if (issuer.endsWith('/')) return 'write it without a slash at the end, as its tokens do';
  return undefined;
}

/** GitHub gives tokens for the address of their owner to whoever asks for none in particular. */
function audienceFault(audience: string, issuer: string): string | undefined {
  if (/\s/.test(audience)) return 'write it without spaces';
  const url = URL.parse(audience);
  const hosts = ['github.com', URL.parse(issuer)?.hostname];
  const isDefault = url !== null && hosts.includes(url.hostname) && /^\/[^/]+\/?$/.test(url.pathname);
  if (!isDefault && audience !== issuer) return undefined;
  return 'tokens for others say this, too: choose an audience of your own, such as the address of this service';
}
