/** From flags and environment to a client of the service: which address, which token. */
import { resolve } from 'node:path';
import { type ApiClient, openApiClient } from '../api/client/api-client.ts';
import { isLoopbackHost } from '../api/loopback.ts';
import { InputError, TransportError } from '../errors/errors.ts';
import { dataDirectoryOf } from './data-directory.ts';
import { readServiceAddress } from './service-address.ts';
import { defaultServiceUrl } from './service-url.ts';
import type { Shell } from './shell.ts';
import { type FoundToken, findToken } from './token.ts';

/** The flags that every verb has which speaks to the service. */
export interface ConnectionFlags {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly data?: string;
}

export interface Connection {
  readonly url: string;
  /** Of the embedded registry, where `serve` left it. */
  readonly registryUrl: string | undefined;
  /** Whether that runs here without a service, and no other service was named. */
  readonly isRegistryAlone: boolean;
  readonly dataDirectory: string;
  readonly token: FoundToken | undefined;
}

/**
 * The address and the token to use.
 * @throws InputError REQUEST_INVALID for a malformed address, TOKEN_FILE_INVALID for an unreadable token file.
 */
export async function resolveConnection(shell: Shell, flags: ConnectionFlags): Promise<Connection> {
  const dataDirectory = dataDirectoryOf(shell, flags);
  const left = await readServiceAddress(dataDirectory);
  const named = flags.url ?? (shell.env['REGISTRY_ACTION_URL'] || left.apiUrl);
  const url = parseServiceUrl(named || defaultServiceUrl);
  const isLoopback = isLoopbackHost(url.hostname);
  const token = await findToken({
    fromEnvironment: shell.env['REGISTRY_ACTION_TOKEN'],
    file: flags.tokenFile === undefined ? undefined : resolve(shell.cwd, flags.tokenFile),
    dataDirectory: isLoopback ? dataDirectory : undefined,
  });
  if (token !== undefined && url.protocol === 'http:' && !isLoopback) {
    shell.stderr.write(`warning: the token travels unencrypted to ${url.host}; use https\n`);
  }
  const { registryUrl } = left;
  const isRegistryAlone = !named && registryUrl !== undefined;
  return { url: url.href.replace(/\/$/, ''), registryUrl, isRegistryAlone, dataDirectory, token };
}

/**
 * A client of the service; the caller closes it.
 * @throws what `resolveConnection` throws; TransportError SERVICE_UNREACHABLE where a registry runs without a service.
 */
export async function openConnection(shell: Shell, flags: ConnectionFlags): Promise<ApiClient> {
  const connection = await resolveConnection(shell, flags);
  if (connection.isRegistryAlone) throw registryAlone();
  return openApiClient({ url: connection.url, token: connection.token?.secret, env: shell.env });
}

function registryAlone(): TransportError {
  return new TransportError({
    code: 'SERVICE_UNREACHABLE',
    message: 'no service here: the registry runs alone',
    wayOut: 'start `registry-action serve` without --registry-only, or name a service elsewhere with --url',
  });
}

function parseServiceUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isFine = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  if (isFine && url.username === '' && url.password === '') return url;
  const written = url === undefined || url.password === '' ? text : '(with credentials)';
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: `not the address of a service: ${written}`,
    wayOut: 'write scheme, host and port, such as http://127.0.0.1:7420; a token goes into REGISTRY_ACTION_TOKEN',
  });
}
