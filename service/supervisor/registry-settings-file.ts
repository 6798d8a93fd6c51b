/** The file by which the embedded registry is told what its operator has chosen: it reads no configuration itself. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { embeddedRegistryName } from '../../api/config.ts';
import type { Config } from '../../core/config.ts';
import { environmentPlacesOf } from '../../core/environment-places.ts';
import { writeFileDurably } from '../../registry/disk/durable-file.ts';
import type { RegistrySettings } from '../../registry/registry-settings.ts';

/** Writes the settings of the configuration, for their owner only, and returns the path of the file. */
export async function writeRegistrySettings(dataDirectory: string, config: Config): Promise<string> {
  const path = join(dataDirectory, 'registry-settings.json');
  const text = `${JSON.stringify(registrySettingsOf(config), undefined, 2)}\n`;
  await writeFileDurably(path, text, `${path}.${randomUUID()}`);
  return path;
}

/** What the configuration says about the registry; what it leaves out has the registry's own defaults. */
export function registrySettingsOf(config: Config): Partial<RegistrySettings> {
  const { access, issuers, embedded } = config;
  const { url, tls, htpasswd, tags, rateLimit, collect, retention, scrub } = embedded;
  return {
    rules: access,
    issuers,
    tags,
    collect,
    retention,
    scrub,
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
