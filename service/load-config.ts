/** The configuration the service runs on: the file's, or what holds without one. */
import { readFile } from 'node:fs/promises';
import { defaultConfig, parseConfig } from '../api/config.ts';
import type { Config } from '../core/config.ts';
import { InputError } from '../errors/errors.ts';

/**
 * Reads the file, or takes the embedded registry with its three environments when there is none.
 *
 * @throws InputError CONFIG_INVALID when the file cannot be read or is wrong, or when there is neither file nor embedded registry.
 */
export async function loadConfig(
  configFile: string | undefined,
  embeddedRegistryUrl: string | undefined,
): Promise<Config> {
  if (configFile !== undefined) return parseConfig(await readConfigFile(configFile), configFile, embeddedRegistryUrl);
  if (embeddedRegistryUrl !== undefined) return defaultConfig(embeddedRegistryUrl);
  throw new InputError({
    code: 'CONFIG_INVALID',
    message: 'no configuration: neither a file nor an embedded registry is named',
    wayOut: 'set REGISTRY_ACTION_CONFIG to a file, or start everything with `registry-action serve`',
  });
}

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({ code: 'CONFIG_INVALID', message: `configuration file cannot be read: ${path}`, cause });
  }
}
