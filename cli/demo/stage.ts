/** What the demo plays on: a service in a temporary directory, and the way to its API and registry. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiClient, openApiClient } from '../../api/client/api-client.ts';
import { assert } from '../../errors/errors.ts';
import { borrowDatabase } from '../../service/redis/borrow-database.ts';
import { openService } from '../../service/supervisor/open-service.ts';
import type { Shell } from '../shell.ts';
import { adminTokenFileName } from '../token.ts';
import type { DemoRegistry } from './read-back.ts';

export interface Stage {
  readonly apiUrl: string;
  readonly registry: DemoRegistry;
  /** Host and port of the registry. */
  readonly registryHost: string;
  readonly dataDirectory: string;
  readonly tokenFile: string;
  readonly client: ApiClient;
  close(): Promise<void>;
}

/** Variables that would lead the demo away from its own service. */
const foreignVariables = ['REDIS_URL', 'REGISTRY_ACTION_CONFIG', 'REGISTRY_ACTION_DATA', 'REGISTRY_ACTION_URL'];

/** Starts everything on free ports below the directory. */
export async function openStage(shell: Shell, directory: string): Promise<Stage> {
  const dataDirectory = join(directory, 'data');
  const environment = Object.fromEntries(
    Object.entries(shell.env).filter(([name]) => !foreignVariables.includes(name)),
  );
  const redisUrl = shell.env['REDIS_URL'];
  const redis = redisUrl === undefined || redisUrl === '' ? undefined : await borrowDatabase(redisUrl);
  const starting = openService({
    dataDirectory,
    host: '127.0.0.1',
    apiPort: 0,
    registryPort: 0,
    // The demo tells what happens itself; the parts speak only of trouble.
    environment: { REGISTRY_ACTION_LOG_LEVEL: 'warn', ...environment },
    now: shell.now,
    signal: shell.signal,
    redisUrl: redis?.url,
  });
  const service = await starting.catch(async (error: unknown) => {
    await redis?.close();
    throw error;
  });
  const close = async () => {
    await service.close();
    await redis?.close();
  };
  try {
    const { apiUrl, registryUrl } = service;
    assert(apiUrl !== undefined && registryUrl !== undefined, 'a service without configuration has API and registry');
    const tokenFile = join(dataDirectory, adminTokenFileName);
    const token = (await readFile(tokenFile, 'utf8')).trim();
    const url = apiUrl.replace(/\/$/, '');
    const client = openApiClient({ url, token, env: shell.env });
    return {
      apiUrl: url,
      registry: { url: registryUrl.replace(/\/$/, ''), token, signal: shell.signal },
      registryHost: new URL(registryUrl).host,
      dataDirectory,
      tokenFile,
      client,
      close: async () => {
        await client.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
