/** The file by which the embedded registry is told what its operator has chosen: it reads no configuration itself. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedRegistryName } from '../../api/config.ts';
import type { AccessRule } from '../../core/access-rule.ts';
import type { Config } from '../../core/config.ts';
import { environmentPlacesOf } from '../../core/environment-places.ts';
import { writeFileDurably } from '../../registry/disk/durable-file.ts';
import type { RegistrySettings } from '../../registry/registry-settings.ts';

/** Writes the settings of the configuration, for their owner only, and returns the path of the file. */
export async function writeRegistrySettings(dataDirectory: string, config: Config): Promise<string> {
  const path = settingsPath(dataDirectory);
  await write(path, registrySettingsOf(config));
  return path;
}

/** Replaces the access rules in the settings, which a registry that runs takes from there; all else stays. */
export async function writeAccessRules(dataDirectory: string, rules: readonly AccessRule[]): Promise<void> {
  const path = settingsPath(dataDirectory);
  await write(path, { ...JSON.parse(await readFile(path, 'utf8')), rules });
}

function settingsPath(dataDirectory: string): string {
  return join(dataDirectory, 'registry-settings.json');
}

async function write(path: string, settings: Partial<RegistrySettings>): Promise<void> {
  await writeFileDurably(path, `${JSON.stringify(settings, undefined, 2)}\n`, `${path}.${randomUUID()}`);
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
