/** The file by which the embedded registry is told what its operator has chosen: it reads no configuration itself. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { embeddedRegistryName } from '../../api/config.ts';
import type { AccessRule } from '../../core/access-rule.ts';
import type { Config } from '../../core/config.ts';
import { environmentPlacesOf } from '../../core/environment-places.ts';
import { ensureTextDurably, isUnwritable } from '../../registry/disk/durable-file.ts';
import type { RegistrySettings } from '../../registry/registry-settings.ts';

/**
 * Writes the settings of the configuration, for their owner only, and returns the path of the file. It lies in the data
 * directory; where that takes no writes and has other settings, it is a file of this start alone, elsewhere.
 */
export async function writeRegistrySettings(dataDirectory: string, config: Config): Promise<string> {
  const path = join(dataDirectory, fileName);
  const settings = registrySettingsOf(config);
  try {
    await write(path, settings);
    return path;
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    const elsewhere = join(await mkdtemp(join(tmpdir(), 'registry-action-')), fileName);
    await write(elsewhere, settings);
    return elsewhere;
  }
}

/** Removes the file with its directory when it is one of this start alone. */
export async function removeRegistrySettings(dataDirectory: string, path: string): Promise<void> {
  if (dirname(path) !== dataDirectory) await rm(dirname(path), { recursive: true, force: true });
}

/** Replaces the access rules in the settings, which a registry that runs takes from there; all else stays. */
export async function writeAccessRules(path: string, rules: readonly AccessRule[]): Promise<void> {
  await write(path, { ...JSON.parse(await readFile(path, 'utf8')), rules });
}

const fileName = 'registry-settings.json';

/** What is there already, as after most restarts, needs no disk that takes writes. */
function write(path: string, settings: Partial<RegistrySettings>): Promise<void> {
  return ensureTextDurably(path, `${JSON.stringify(settings, undefined, 2)}\n`);
}

/** What the configuration says about the registry; what it leaves out has the registry's own defaults. */
export function registrySettingsOf(config: Config): Partial<RegistrySettings> {
  const { access, issuers, embedded } = config;
  const { url, tls, htpasswd, tags, rateLimit, proxies, collect, retention, scrub } = embedded;
  return {
    rules: access,
    issuers,
    tags,
    collect,
    retention,
    scrub,
    proxies,
    environments: environmentPlacesOf(config, (registry) => isEmbedded(config, registry)),
    ...(htpasswd === undefined ? {} : { htpasswd }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(url === undefined ? {} : { url }),
    ...(tls === undefined ? {} : { tls: { certFile: tls.certFile, keyFile: tls.keyFile } }),
  };
}

/** Whether the registry of that name is the embedded one, by its name or under another one by its address. */
function isEmbedded({ registries, embedded }: Config, registry: string): boolean {
  if (registry === embeddedRegistryName) return true;
  const url = registries[registry]?.url;
  return url !== undefined && (url === embedded.url || url === registries[embeddedRegistryName]?.url);
}
