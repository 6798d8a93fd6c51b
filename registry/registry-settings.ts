/**
 * What an operator has chosen for the registry: complete, with nothing left to look up. It is read at the start; of what
 * changes in the file later, the access rules are taken.
 */
import { readFile } from 'node:fs/promises';
import type { AccessRule } from '../core/access-rule.ts';
import { type CollectSettings, defaultCollectSettings } from '../core/collect-settings.ts';
import type { IssuerConfig } from '../core/config.ts';
import type { HtpasswdConfig, RateLimitConfig } from '../core/embedded-config.ts';
import { memberRules } from '../core/member-rules.ts';
import { defaultRetentionSettings, type RetentionSettings } from '../core/retention-settings.ts';
import { defaultScrubSettings, type ScrubSettings } from '../core/scrub-settings.ts';
import {
  defaultEnvironmentPlaces,
  defaultTagSettings,
  type EnvironmentPlace,
  type TagSettings,
} from '../core/tag-settings.ts';
import { InputError } from '../errors/errors.ts';

export interface RegistrySettings {
  /** Who may do what, beside the roles of users and tokens. */
  readonly rules: readonly AccessRule[];
  /** Whom to believe when a workload says who it is. */
  readonly issuers: readonly IssuerConfig[];
  /** Users that another program keeps; undefined: none. */
  readonly htpasswd: HtpasswdConfig | undefined;
  /** How clients call it, such as https://registry.example.com; undefined: by the address it listens on. */
  readonly url: string | undefined;
  /** Undefined: nobody is limited. */
  readonly rateLimit: RateLimitConfig | undefined;
  /** Addresses and networks of the proxies that are believed when they say for whom they ask. */
  readonly proxies: readonly string[];
  /** Paths of PEM files; undefined: plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Which tags are written once. */
  readonly tags: TagSettings;
  readonly collect: CollectSettings;
  readonly scrub: ScrubSettings;
  /** Which tags go by themselves. */
  readonly retention: RetentionSettings;
  /** Whose tags the promotion service alone moves. */
  readonly environments: readonly EnvironmentPlace[];
}

/** What holds where nothing was chosen. */
export const defaultRegistrySettings: RegistrySettings = {
  rules: [],
  issuers: [],
  htpasswd: undefined,
  url: undefined,
  tls: undefined,
  tags: defaultTagSettings,
  collect: defaultCollectSettings,
  scrub: defaultScrubSettings,
  retention: defaultRetentionSettings,
  environments: defaultEnvironmentPlaces,
  rateLimit: undefined,
  proxies: [],
};

/**
 * The settings in a file that the supervisor wrote, with the defaults for what it left out.
 * @throws InputError REGISTRY_SETTINGS_INVALID.
 */
export async function readRegistrySettings(path: string | undefined): Promise<RegistrySettings> {
  if (path === undefined) return defaultRegistrySettings;
  try {
    return parseRegistrySettings(await readFile(path, 'utf8'));
  } catch (cause) {
    const message = `settings of the registry unreadable: ${path}`;
    throw new InputError({ code: 'REGISTRY_SETTINGS_INVALID', message, cause });
  }
}

/** Both sides of the file are of one version: it is written anew at every start. */
function parseRegistrySettings(text: string): RegistrySettings {
  const settings = { ...defaultRegistrySettings, ...(JSON.parse(text) as Partial<RegistrySettings>) };
  // Throws where they are none: they are read again while the registry runs, and must not fail later.
  memberRules(settings.rules);
  return settings;
}
