/** Brings the access rules of a changed configuration to the embedded registry while it runs. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../core/config.ts';
import { followFile } from '../../registry/access/followed-file.ts';
import { writeAccessRules } from './registry-settings-file.ts';
import type { ServiceEvent } from './service-event.ts';

export interface FollowedRules {
  /** Looks at the file once, and brings what changed. Never rejects. */
  look(): Promise<void>;
  /** Looks no more. */
  close(): Promise<void>;
}

export interface FollowedRulesInit {
  /** Where the registry was told its settings. */
  readonly settingsFile: string;
  readonly configFile: string;
  /** What the file said at the start. */
  readonly first: Config;
  /** What it says now. @throws InputError CONFIG_INVALID */
  readonly read: () => Promise<Config>;
  readonly onEvent: (event: ServiceEvent) => void;
}

/** How soon a change is seen: nobody who removed a right waits for longer. */
const lookMs = 2_000;

/**
 * Looks every two seconds. A configuration with a fault changes nothing and is told; so is what else changed in a sound
 * one, because nothing but the rules is taken before the next start.
 * @throws InputError CONFIG_INVALID.
 */
export async function followAccessRules(init: FollowedRulesInit): Promise<FollowedRules> {
  const { settingsFile, configFile, first, read, onEvent } = init;
  let brought = first.access;
  let told = '';

  function warn(message: string): void {
    if (message === told) return;
    told = message;
    onEvent({ kind: 'warned', about: 'configuration', message });
  }

  const followed = await followFile({
    path: configFile,
    read,
    onLoaded: () => {
      told = '';
    },
    onRefused: ({ message }) => warn(`the access rules stay as they are: ${message}`),
  });

  async function bring(): Promise<void> {
    const config = await followed.current();
    if (!isDeepStrictEqual(config.access, brought)) {
      await writeAccessRules(settingsFile, config.access);
      brought = config.access;
      told = '';
      onEvent({ kind: 'rules-changed', rules: brought.length });
    }
    if (isDeepStrictEqual({ ...config, access: [] }, { ...first, access: [] })) return;
    if (told === '') warn(`${configFile} changed in more than its access rules: the rest holds from the next start on`);
  }

  let looking: Promise<void> | undefined;
  const look = () => {
    looking ??= bring()
      // Whatever is wrong with a file, the parts that run must not end for it.
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        warn(`access rules cannot be brought to the registry: ${why}`);
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  const timer = setInterval(look, lookMs).unref();
  return {
    look,
    close: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}
