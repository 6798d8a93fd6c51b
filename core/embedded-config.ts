/** What an operator chooses for the embedded registry, resolved. Written form: api/written-embedded.ts. */
import type { Role } from './access.ts';
import { type CollectSettings, defaultCollectSettings } from './collect-settings.ts';
import { defaultRetentionSettings, type RetentionSettings } from './retention-settings.ts';
import { defaultScrubSettings, type ScrubSettings } from './scrub-settings.ts';
import { defaultTagSettings, type TagSettings } from './tag-settings.ts';

export interface EmbeddedConfig {
  /** How clients call it, `https://host[:port]`; undefined: by the address it listens on. */
  readonly url: string | undefined;
  /** Undefined: plain HTTP. */
  readonly tls: TlsFiles | undefined;
  /** Undefined: none beside the users of its own. */
  readonly htpasswd: HtpasswdConfig | undefined;
  /** Which tags are written once. */
  readonly tags: TagSettings;
  /** When what nothing keeps is collected. */
  readonly collect: CollectSettings;
  /** Which tags go by themselves. */
  readonly retention: RetentionSettings;
  /** When everything is read again. */
  readonly scrub: ScrubSettings;
  /** Undefined: nobody is limited. */
  readonly rateLimit: RateLimitConfig | undefined;
  /** Addresses and networks of the proxies that are believed when they say for whom they ask. */
  readonly proxies: readonly string[];
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Users that another program keeps, all of one role. */
export interface HtpasswdConfig {
  /** Path of the file. */
  readonly file: string;
  readonly role: Role;
}

/** How many requests one caller may make. */
export interface RateLimitConfig {
  /** In the long run. */
  readonly requestsPerSecond: number;
  /** At once after a pause. */
  readonly burst: number;
}

/** What holds where nothing was chosen. */
export const defaultEmbeddedConfig: EmbeddedConfig = {
  url: undefined,
  tls: undefined,
  htpasswd: undefined,
  tags: defaultTagSettings,
  collect: defaultCollectSettings,
  retention: defaultRetentionSettings,
  scrub: defaultScrubSettings,
  rateLimit: undefined,
  proxies: [],
};
