/** The file by which the embedded registry is told what its operator has chosen: it reads no configuration itself. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../../core/config.ts';
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
export function registrySettingsOf({ access, issuers, embedded }: Config): Partial<RegistrySettings> {
  const { url, tls, htpasswd } = embedded;
  return {
    rules: access,
    issuers,
    ...(htpasswd === undefined ? {} : { htpasswd }),
    ...(url === undefined ? {} : { url }),
    ...(tls === undefined ? {} : { tls: { certFile: tls.certFile, keyFile: tls.keyFile } }),
  };
}
