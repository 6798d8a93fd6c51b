/** `serve`: embedded registry, private Redis, API and workers in one terminal, until it is told to stop. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseRegistryUrl } from '../api/registry-url.ts';
import { InputError } from '../errors/errors.ts';
import { openService } from '../service/supervisor/open-service.ts';
import type { ServiceEvent } from '../service/supervisor/service-event.ts';
import type { ServiceOptions } from '../service/supervisor/service-options.ts';
import { dataDirectoryOf, defaultDataDirectory } from './data-directory.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { serveEventLine } from './serve-event.ts';
import { serveWelcome } from './serve-welcome.ts';
import { type LeftAddress, leaveServiceAddress } from './service-address.ts';
import type { Shell } from './shell.ts';
import { adminTokenFileName } from './token.ts';
import { writeJson } from './write-json.ts';

export interface ServeFlags {
  readonly data?: string;
  readonly host: string;
  readonly apiPort: number;
  readonly registryPort: number;
  /** The registry's, where it runs alone. */
  readonly port?: number;
  /** How clients call the registry. */
  readonly url?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly config?: string;
  readonly registryOnly: boolean;
  readonly workers: number;
  readonly json: boolean;
}

/** Serves until the shell's signal is aborted, then closes everything it started. */
export async function serve(shell: Shell, flags: ServeFlags): Promise<ExitCode> {
  assertPortFlag(flags);
  const configFile = flags.config ?? shell.env['REGISTRY_ACTION_CONFIG'];
  const redisUrl = shell.env['REDIS_URL'];
  const dataDirectory = dataDirectoryOf(shell, flags);
  const onEvent = (event: ServiceEvent) => shell.stderr.write(serveEventLine(event, shell.stderr.look()));
  const service = await openService({
    dataDirectory,
    host: flags.host,
    apiPort: flags.apiPort,
    registryPort: flags.port ?? flags.registryPort,
    registryPortFlag: flags.registryOnly ? '--port' : '--registry-port',
    embedded: chosenOf(shell, flags),
    environment: shell.env,
    now: shell.now,
    registryOnly: flags.registryOnly,
    workers: flags.workers,
    signal: shell.signal,
    onEvent,
    ...(configFile === undefined || configFile === '' ? {} : { configFile: resolve(shell.cwd, configFile) }),
    ...(redisUrl === undefined || redisUrl === '' ? {} : { redisUrl }),
  });
  let left: LeftAddress | undefined;
  try {
    const { apiUrl, registryUrl, registryName, registryCertificateFile } = service;
    const address = { apiUrl, registryUrl, registryName, registryCertificateFile };
    left = await leaveServiceAddress(dataDirectory, address, (why) => onEvent(addressNotLeft(why)));
    if (flags.json) writeJson(shell, { apiUrl: apiUrl ?? null, registryUrl: registryUrl ?? null, dataDirectory });
    else
      shell.stderr.write(
        serveWelcome(service, {
          data: flags.data,
          dataDirectory: shownDirectory(shell, flags),
          hasAdminToken: existsSync(join(dataDirectory, adminTokenFileName)),
          host: flags.host,
          // npm tells its children which of its commands they are part of.
          isNpx: shell.env['npm_command'] === 'exec',
        }),
      );
    await aborted(AbortSignal.any([shell.signal, service.lost]));
  } finally {
    // Whoever has the directory now has left its own.
    await left?.end({ removes: !service.lost.aborted });
    await service.close();
  }
  service.lost.throwIfAborted();
  return exitCodes.done;
}

function addressNotLeft(why: string): ServiceEvent {
  const message = `other commands do not find what is served here until it can be left in the data directory (${why})`;
  return { kind: 'warned', about: 'address', message };
}

function assertPortFlag({ port, registryOnly }: ServeFlags): void {
  if (port === undefined || registryOnly) return;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: '--port is for the registry alone',
    wayOut: 'write --api-port and --registry-port, or add --registry-only',
  });
}

/** What the flags choose for the embedded registry; a flag wins over the configuration. */
function chosenOf({ cwd }: Shell, { url, tlsCert, tlsKey }: ServeFlags): ServiceOptions['embedded'] {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new InputError({
      code: 'REQUEST_INVALID',
      message: `${tlsCert === undefined ? '--tls-key' : '--tls-cert'} is not enough`,
      wayOut: 'name the certificate with --tls-cert and its key with --tls-key',
    });
  }
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { certFile: resolve(cwd, tlsCert), keyFile: resolve(cwd, tlsKey) } };
  return { ...tls, ...(url === undefined ? {} : { url: parseUrl(url) }) };
}

function parseUrl(text: string): string {
  const parsed = parseRegistryUrl(text);
  if (!('fault' in parsed)) return parsed.url;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: 'not the address of a registry: --url',
    wayOut: parsed.fault,
  });
}

/** As people would write it. */
function shownDirectory({ env }: Shell, { data }: ServeFlags): string {
  return data ?? (env['REGISTRY_ACTION_DATA'] || defaultDataDirectory);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
