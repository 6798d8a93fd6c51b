/** What an operator has chosen for the registry: read once at its start, complete, with nothing left to look up. */
import { readFile } from 'node:fs/promises';
import {
  defaultEnvironmentPlaces,
  defaultTagSettings,
  type EnvironmentPlace,
  type TagSettings,
} from '../core/tag-settings.ts';
import { InputError } from '../errors/errors.ts';

export interface RegistrySettings {
  /** How clients call it, such as https://registry.example.com; undefined: by the address it listens on. */
  readonly url: string | undefined;
  /** Paths of PEM files; undefined: plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/** What holds where nothing was chosen. */
  /** Which tags are written once. */
  readonly tags: TagSettings;
  /** Whose tags the promotion service alone moves. */
  readonly environments: readonly EnvironmentPlace[];
export const defaultRegistrySettings: RegistrySettings = {
  url: undefined,
  tls: undefined,
  tags: defaultTagSettings,
  environments: defaultEnvironmentPlaces,
  rateLimit: undefined,
};

/**
 * The settings in a file that the supervisor wrote, with the defaults for what it left out.
 * @throws InputError REGISTRY_SETTINGS_INVALID.
 */
export async function readRegistrySettings(path: string | undefined): Promise<RegistrySettings> {
  if (path === undefined || path === '') return defaultRegistrySettings;
  try {
    return parseRegistrySettings(await readFile(path, 'utf8'));
  } catch (cause) {
    const message = `settings of the registry unreadable: ${path}`;
    throw new InputError({ code: 'REGISTRY_SETTINGS_INVALID', message, cause });
  }
}

/** Both sides of the file are of one version: it is written anew at every start. */
function parseRegistrySettings(text: string): RegistrySettings {
  return { ...defaultRegistrySettings, ...(JSON.parse(text) as Partial<RegistrySettings>) };
}
