/** `serve`: embedded registry, private Redis, API and workers in one terminal, until it is told to stop. */
import { join, resolve } from 'node:path';
import { openService, type RunningService } from '../service/supervisor/open-service.ts';
import { dataDirectoryOf, defaultDataDirectory } from './data-directory.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { serveEventLine } from './serve-event.ts';
import { removeServiceAddress, writeServiceAddress } from './service-address.ts';
import type { Shell } from './shell.ts';
import { adminTokenFileName } from './token.ts';
import { writeJson } from './write-json.ts';

export interface ServeFlags {
  readonly data?: string;
  readonly host: string;
  readonly apiPort: number;
  readonly registryPort: number;
  readonly config?: string;
  readonly registryOnly: boolean;
  readonly workers: number;
  readonly json: boolean;
}

/** Serves until the shell's signal is aborted, then closes everything it started. */
export async function serve(shell: Shell, flags: ServeFlags): Promise<ExitCode> {
  const configFile = flags.config ?? shell.env['REGISTRY_ACTION_CONFIG'];
  const redisUrl = shell.env['REDIS_URL'];
  const dataDirectory = dataDirectoryOf(shell, flags);
  const service = await openService({
    dataDirectory,
    host: flags.host,
    apiPort: flags.apiPort,
    registryPort: flags.registryPort,
    environment: shell.env,
    now: shell.now,
    registryOnly: flags.registryOnly,
    workers: flags.workers,
    signal: shell.signal,
    onEvent: (event) => shell.stderr.write(serveEventLine(event, shell.stderr.look())),
    ...(configFile === undefined || configFile === '' ? {} : { configFile: resolve(shell.cwd, configFile) }),
    ...(redisUrl === undefined || redisUrl === '' ? {} : { redisUrl }),
  });
  try {
    const { apiUrl, registryUrl } = service;
    await writeServiceAddress(dataDirectory, { apiUrl, registryUrl });
    if (flags.json) writeJson(shell, { apiUrl: apiUrl ?? null, registryUrl: registryUrl ?? null, dataDirectory });
    else shell.stderr.write(welcome(service, flags.data));
    await aborted(shell.signal);
  } finally {
    await removeServiceAddress(dataDirectory);
    await service.close();
  }
  return exitCodes.done;
}

/** What a newcomer types next. */
function welcome(service: RunningService, data: string | undefined): string {
  const lines = ['', 'next, in another terminal:'];
  if (service.registryUrl !== undefined) {
    const { host } = new URL(service.registryUrl);
    const tokenFile = join(data ?? defaultDataDirectory, adminTokenFileName);
    lines.push(`  docker login ${host} -u admin --password-stdin < ${tokenFile}`);
    lines.push(`  docker tag IMAGE ${host}/dev/web:1.0.0 && docker push ${host}/dev/web:1.0.0`);
  }
  if (service.apiUrl !== undefined) {
    const where = data === undefined ? '' : ` --data ${data}`;
    lines.push(`  registry-action status${where}`, `  registry-action promote web staging${where}`);
  }
  return `${[...lines, '', 'press Ctrl-C to stop'].join('\n')}\n`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
