/** From flags and environment to the embedded registry's own resources: which address, which token. */
import { resolve } from 'node:path';
import { openRegistryAdmin, type RegistryAdmin } from '../../api/client/registry-admin.ts';
import { isLoopbackHost } from '../../api/loopback.ts';
import { parseRegistryUrl } from '../../api/registry-url.ts';
import { InputError } from '../../errors/errors.ts';
import { dataDirectoryOf } from '../data-directory.ts';
import { readServiceAddress } from '../service-address.ts';
import type { Shell } from '../shell.ts';
import { findToken } from '../token.ts';

/** Where `serve` has its registry unless told otherwise. */
export const defaultRegistryUrl = 'http://127.0.0.1:7421';

/** The flags that every verb has which speaks to the embedded registry itself. */
export interface RegistryConnectionFlags {
  readonly registry?: string;
  readonly tokenFile?: string;
  readonly data?: string;
}

/**
 * The registry that is meant; the caller closes it.
 * @throws InputError REQUEST_INVALID for a malformed address, TOKEN_FILE_INVALID for an unreadable token file.
 */
export async function openRegistryConnection(shell: Shell, flags: RegistryConnectionFlags): Promise<RegistryAdmin> {
  const dataDirectory = dataDirectoryOf(shell, flags);
  const left = await readServiceAddress(dataDirectory);
  const parsed = parseRegistryUrl(flags.registry ?? left.registryUrl ?? defaultRegistryUrl);
  if ('fault' in parsed) {
    const message = `not the address of a registry: ${JSON.stringify(flags.registry)}`;
    throw new InputError({ code: 'REQUEST_INVALID', message, wayOut: parsed.fault });
  }
  const { url } = parsed;
  const token = await findToken({
    fromEnvironment: shell.env['REGISTRY_ACTION_TOKEN'],
    file: flags.tokenFile === undefined ? undefined : resolve(shell.cwd, flags.tokenFile),
    dataDirectory: isLoopbackHost(new URL(url).hostname) ? dataDirectory : undefined,
  });
  if (token !== undefined && url.startsWith('http:') && !isLoopbackHost(new URL(url).hostname)) {
    shell.stderr.write(`warning: the token travels unencrypted to ${url}; use https\n`);
  }
  return openRegistryAdmin({ url, token: token?.secret, env: shell.env });
}
