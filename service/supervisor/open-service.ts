/** Everything under one supervisor: embedded registry, private Redis, API and workers, each a process of its own. */
import { resolve } from 'node:path';
import { directoryLost } from '../../registry/disk/lock/directory-lost.ts';
import { formatAwaited } from '../../registry/disk/lock/format-awaited.ts';
import { embeddedUrlOf } from '../embedded-registry.ts';
import { loadConfig } from '../load-config.ts';
import { adminTokenPath } from '../process/part-settings.ts';
import { openServiceDirectory } from './data-directory.ts';
import { type FollowedRules, followAccessRules } from './follow-access-rules.ts';
import { openPartSet } from './part-set.ts';
import type { ServiceOptions } from './service-options.ts';
import { type StartedService, startService } from './start-service.ts';

/** A service that works. */
export interface RunningService extends StartedService {
  /** Aborted, with ConflictError DATA_DIRECTORY_LOST, when another process has the directory: whoever serves closes then. */
  readonly lost: AbortSignal;
  /** Closes API and workers, then the registry, then Redis. Resolves when every process is gone. */
  close(): Promise<void>;
}

/**
 * Starts the service and resolves when the API says that everything behind it works.
 *
 * A part that dies later is started again, on the same port. When this process dies, however it dies, all parts end themselves.
 *
 * @throws ConflictError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NEWER, PORT_TAKEN, REDIS_SCHEMA_NEWER.
 * @throws InputError DATA_DIRECTORY_UNUSABLE, ADDRESS_UNUSABLE, CONFIG_INVALID, REDIS_POLICY, REDIS_TOO_OLD, REDIS_MISSING.
 * @throws AccessError REDIS_DENIED.
 * @throws TransportError REDIS_UNREACHABLE, PART_FAILED.
 */
export async function openService(options: ServiceOptions): Promise<RunningService> {
  const { configFile, onEvent = () => undefined } = options;
  const dataDirectory = resolve(options.dataDirectory);
  const read = () => loadConfig(configFile, embeddedUrlOf(options));
  const config = configFile === undefined ? undefined : await read();
  const lost = new AbortController();
  const directory = await openServiceDirectory(dataDirectory, {
    onAwaited: (awaited) => onEvent({ kind: 'warned', about: 'data directory', message: formatAwaited(awaited) }),
    onUnwritable: (message) => onEvent({ kind: 'warned', about: 'data directory', message }),
    onLost: () => lost.abort(directoryLost(dataDirectory)),
    onRefused: (error) => lost.abort(error),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const parts = openPartSet(onEvent, options.signal);
  let following: FollowedRules | undefined;
  const closeAll = async () => {
    await following?.close();
    await parts.close();
    await directory.close();
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    if (closing === undefined) onEvent({ kind: 'closing' });
    closing ??= closeAll();
    return closing;
  };
  try {
    const started = await startService({ ...options, dataDirectory, onEvent }, config, directory, parts);
    if (configFile !== undefined && config !== undefined && started.registryUrl !== undefined) {
      const { settingsFile } = started;
      following = await followAccessRules({ settingsFile, configFile, first: config, read, onEvent });
    }
    // Only now is the first start complete: one that failed is repeated as such, so that its token is told.
    await directory.complete();
    const { adminToken } = started;
    const path = adminTokenPath(dataDirectory);
    if (adminToken !== undefined) onEvent({ kind: 'first-start', adminToken, adminTokenPath: path });
    onEvent({ kind: 'ready', apiUrl: started.apiUrl, registryUrl: started.registryUrl });
    return { ...started, lost: lost.signal, close };
  } catch (error) {
    await close();
    throw error;
  }
}
