/** From flags and environment to a client of the service: which address, which token. */
import { resolve } from 'node:path';
import { type ApiClient, openApiClient } from '../api/client/api-client.ts';
import { isLoopbackHost } from '../api/loopback.ts';
import { InputError } from '../errors/errors.ts';
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
  const url = parseServiceUrl(flags.url ?? (shell.env['REGISTRY_ACTION_URL'] || left.apiUrl || defaultServiceUrl));
  const isLoopback = isLoopbackHost(url.hostname);
  const token = await findToken({
    fromEnvironment: shell.env['REGISTRY_ACTION_TOKEN'],
    file: flags.tokenFile === undefined ? undefined : resolve(shell.cwd, flags.tokenFile),
    dataDirectory: isLoopback ? dataDirectory : undefined,
  });
  if (token !== undefined && url.protocol === 'http:' && !isLoopback) {
    shell.stderr.write(`warning: the token travels unencrypted to ${url.host}; use https\n`);
  }
  return { url: url.href.replace(/\/$/, ''), registryUrl: left.registryUrl, dataDirectory, token };
}

/** A client of the service; the caller closes it. */
export async function openConnection(shell: Shell, flags: ConnectionFlags): Promise<ApiClient> {
  const connection = await resolveConnection(shell, flags);
  return openApiClient({ url: connection.url, token: connection.token?.secret, env: shell.env });
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
