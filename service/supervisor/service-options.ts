/** What a service is started with. */
import type { EmbeddedConfig } from '../../core/embedded-config.ts';
import type { Environment } from '../process/part-settings.ts';
import type { PartEntries } from './part-commands.ts';
import type { ServiceEvent } from './service-event.ts';

/** What is started, and where. */
export interface ServiceOptions {
  readonly dataDirectory: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly apiPort: number;
  /** 0 takes a free one. */
  readonly registryPort: number;
  /** Environment of this process, as its main.ts read it: the API and the workers inherit it. */
  readonly environment: Environment;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  /** Registries, apps and environments; without one the embedded registry is all there is. */
  readonly configFile?: string | undefined;
  /** A Redis of the user's own; without one a private Redis is started. */
  readonly redisUrl?: string | undefined;
  /** Starts the embedded registry alone. */
  readonly registryOnly?: boolean | undefined;
  /** What is chosen for the embedded registry, before what the configuration says. */
  readonly embedded?: Partial<Pick<EmbeddedConfig, 'url' | 'tls'>> | undefined;
  /** The command line's flag that says the registry's port. */
  readonly registryPortFlag?: string | undefined;
  /** Worker processes; 0 when they run elsewhere. */
  readonly workers?: number | undefined;
  readonly onEvent?: ((event: ServiceEvent) => void) | undefined;
  /** Ends a start that is still under way; everything started so far is closed. */
  readonly signal?: AbortSignal | undefined;
  /** Modules in the place of our own: tests put something small there. */
  readonly entries?: Partial<PartEntries> | undefined;
}
