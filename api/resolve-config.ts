/** From the parts of a written configuration to the resolved one, with every fault of meaning on the way. */
import type {
  AppConfig,
  ClientCertificateConfig,
  Config,
  EnvironmentConfig,
  RegistryAuth,
  RegistryConfig,
  SecretSource,
} from '../core/config.ts';
import { nearestName } from '../core/nearest-name.ts';
import { isRepositoryName } from '../oci/spec/repository-name.ts';
import { fromDirectory } from './config-path.ts';
import type { ConfigProblem, ReportProblem } from './config-problem.ts';
import { discoverProblems } from './discover-prefix.ts';
import { parseDurationMs } from './duration.ts';
import { chainProblems, rankEnvironments } from './environment-chain.ts';
import { environmentNameFault } from './environment-name.ts';
import { parseRegistryUrl } from './registry-url.ts';
import { templateFault } from './repository-template.ts';
import { resolveAccess } from './resolve-access.ts';
import { resolveEmbedded } from './resolve-embedded.ts';
import { resolveIssuers } from './resolve-issuer.ts';
import { sharedRepositoryProblems } from './shared-repository.ts';
import { unsupportedLocations } from './unsupported-config.ts';
import type { WrittenRegistry } from './written-config.ts';
import type { WrittenParts } from './written-parts.ts';

/** What an environment is when its settings do not say. */
export const environmentDefaults = {
  tier: 'development',
  drift: 'report',
  goodAfterMs: 30 * 60_000,
  follow: 'never',
} as const satisfies Partial<EnvironmentConfig>;

type Settings<S> = S extends ReadonlyMap<string, infer Part> ? Part : never;

/**
 * The configuration, and every fault of meaning. With a fault the configuration lacks the faulty parts and must not be
 * used. File paths are taken from `directory`.
 */
export function resolveConfig(
  parts: WrittenParts,
  directory: string,
): { readonly config: Config; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const report: ReportProblem = (path, message) => {
    problems.push({ path, message });
  };
  const registries = [...parts.registries].flatMap(([name, one]) => resolveRegistry(name, one, directory, report));
  const apps = [...parts.apps].flatMap(([name, one]) => resolveApp(name, one, report));
  const resolved = [...parts.environments].flatMap(([name, one]) => resolveEnvironment(name, one, parts, report));
  const chain = new Map([...parts.environments].map(([name, { from }]) => [name, from]));
  const ranks = rankEnvironments(chain);
  const environments = ranks.flatMap((name) => resolved.find((environment) => environment.name === name) ?? []);
  const config: Config = {
    registries: byName(registries),
    apps: byName(apps),
    discover: parts.discover,
    environments,
    issuers: resolveIssuers(parts, directory, report),
    access: resolveAccess(parts, report),
    embedded: resolveEmbedded(parts, directory, report),
  };
  problems.push(...chainProblems(chain));
  problems.push(...discoverProblems(config, parts));
  problems.push(...sharedRepositoryProblems(config.registries, apps, environments));
  return { config, problems };
}

/** The part, or nothing when it has a fault. */
type Sound<Part> = readonly [Part] | readonly [];

function resolveRegistry(
  name: string,
  written: Settings<WrittenParts['registries']>,
  directory: string,
  report: ReportProblem,
): Sound<RegistryConfig> {
  if (written.url === undefined) return [];
  const parsed = parseRegistryUrl(written.url);
  if ('fault' in parsed) {
    report(['registries', name, 'url'], parsed.fault);
    return [];
  }
  const caFile = written.ca === undefined ? undefined : fromDirectory(directory, written.ca.file);
  const { tokenService, storage } = written;
  const auth = resolveAuth(written.auth, directory);
  const clientCertificate = resolveClientCertificate(written.clientCertificate, directory);
  return [{ name, url: parsed.url, auth, caFile, clientCertificate, tokenService, storage }];
}

function resolveClientCertificate(
  written: WrittenRegistry['clientCertificate'],
  directory: string,
): ClientCertificateConfig | undefined {
  if (written === undefined) return undefined;
  return { certFile: fromDirectory(directory, written.cert.file), key: resolveSecret(written.key, directory) };
}

function resolveAuth(written: WrittenRegistry['auth'], directory: string): RegistryAuth {
  if (written === undefined) return { kind: 'docker-config' };
  if (typeof written === 'string') return { kind: written };
  if ('entraToken' in written) return { kind: 'entra-token', token: resolveSecret(written.entraToken, directory) };
  const { username, password } = written;
  return { kind: 'password', username, password: resolveSecret(password, directory) };
}

function resolveSecret(
  written: { readonly env?: string | undefined; readonly file?: string | undefined },
  directory: string,
): SecretSource {
  if (written.env !== undefined) return { kind: 'env', variable: written.env };
  return { kind: 'file', path: fromDirectory(directory, written.file ?? '') };
}

function resolveApp(
  name: string,
  { repository }: Settings<WrittenParts['apps']>,
  report: ReportProblem,
): Sound<AppConfig> {
  if (repository === undefined) return [];
  if (isRepositoryName(repository)) return [{ name, repository }];
  report(['apps', name, 'repository'], 'write a repository name, such as acme/web: lower case, without host and tag');
  return [];
}

function resolveEnvironment(
  name: string,
  written: Settings<WrittenParts['environments']>,
  parts: WrittenParts,
  report: ReportProblem,
): Sound<EnvironmentConfig> {
  const goodAfterMs =
    written.goodAfter === undefined ? environmentDefaults.goodAfterMs : parseDurationMs(written.goodAfter);
  const faults: readonly (readonly [key: readonly string[], message: string | undefined])[] = [
    [[], environmentNameFault(name)],
    [['registry'], unknownRegistry(written.registry, [...parts.registries.keys()])],
    [['repository'], written.repository === undefined ? undefined : templateFault(written.repository)],
    [['goodAfter'], goodAfterMs === undefined ? 'longer than a year (365d)' : undefined],
    [['follow'], followFault(written)],
  ];
  const real = faults.filter((fault): fault is readonly [readonly string[], string] => fault[1] !== undefined);
  for (const [key, message] of real) report(['environments', name, ...key], message);
  const { registry, repository } = written;
  if (real.length > 0 || registry === undefined || repository === undefined || goodAfterMs === undefined) return [];
  return [
    {
      name,
      from: written.from,
      tier: written.tier ?? environmentDefaults.tier,
      locations: [{ registry, repositoryTemplate: repository }],
      drift: written.drift ?? environmentDefaults.drift,
      goodAfterMs,
      follow: written.follow ?? environmentDefaults.follow,
    },
  ];
}

function followFault(written: Settings<WrittenParts['environments']>): string | undefined {
  const follows = written.follow === 'newest' && written.from !== undefined;
  return follows ? 'only the first environment can follow the newest release' : undefined;
}

function unknownRegistry(registry: string | undefined, known: readonly string[]): string | undefined {
  if (registry === undefined || known.includes(registry) || registry === unsupportedLocations) return undefined;
  const meant = nearestName(registry, known);
  const suggestion = meant === undefined ? `there are ${known.join(', ') || 'none'}` : `did you mean ${meant}?`;
  return `no registry ${JSON.stringify(registry)}; ${suggestion}`;
}

function byName<Part extends { readonly name: string }>(list: readonly Part[]): Readonly<Record<string, Part>> {
  return Object.fromEntries(list.map((one) => [one.name, one]));
}
