/** From flags and environment to the embedded registry's own resources: which address, which token. */
import { resolve } from 'node:path';
import type { buildConnector } from 'undici';
import { openRegistryAdmin, type RegistryAdmin } from '../../api/client/registry-admin.ts';
import { isLoopbackHost } from '../../api/loopback.ts';
import { parseRegistryUrl } from '../../api/registry-url.ts';
import { InputError } from '../../errors/errors.ts';
import { openConnector } from '../../oci/client/wire/connector.ts';
import type { PinnedCertificates } from '../../oci/client/wire/pinned-certificate.ts';
import { openTlsContext } from '../../oci/client/wire/tls-context.ts';
import { assertServed, dataDirectoryOf } from '../data-directory.ts';
import { readAuthority } from '../read-authority.ts';
import { readServedRegistry, type ServedRegistry } from '../served-registry.ts';
import type { Shell } from '../shell.ts';
import { findToken } from '../token.ts';

/** Where `serve` has its registry unless told otherwise. */
export const defaultRegistryUrl = 'http://127.0.0.1:7421';

/** The flags that every verb has which speaks to the embedded registry itself. */
export interface RegistryConnectionFlags {
  readonly registry?: string;
  /** Path of a PEM file with certificate authorities to trust besides the system's. */
  readonly caFile?: string;
  readonly tokenFile?: string;
  readonly data?: string;
}

/**
 * The registry that is meant; the caller closes it.
 * @throws InputError REQUEST_INVALID for a malformed address, TOKEN_FILE_INVALID for an unreadable token file;
 *   TransportError SERVICE_UNREACHABLE for a data directory that nothing serves from.
 */
export async function openRegistryConnection(shell: Shell, flags: RegistryConnectionFlags): Promise<RegistryAdmin> {
  const dataDirectory = dataDirectoryOf(shell, flags);
  const served = await readServedRegistry(dataDirectory);
  assertServed(shell, flags, { isServed: (flags.registry ?? served.url) !== undefined });
  const parsed = parseRegistryUrl(flags.registry ?? served.url ?? defaultRegistryUrl);
  if ('fault' in parsed) {
    const message = `not the address of a registry: ${JSON.stringify(flags.registry)}`;
    throw new InputError({ code: 'REQUEST_INVALID', message, wayOut: parsed.fault });
  }
  const url = asServed(parsed.url, served);
  const token = await findToken({
    fromEnvironment: shell.env['REGISTRY_ACTION_TOKEN'],
    file: flags.tokenFile === undefined ? undefined : resolve(shell.cwd, flags.tokenFile),
    dataDirectory: isLoopbackHost(new URL(url).hostname) ? dataDirectory : undefined,
  });
  if (token !== undefined && url.startsWith('http:') && !isLoopbackHost(new URL(url).hostname)) {
    shell.stderr.write(`warning: the token travels unencrypted to ${url}; use https\n`);
  }
  return openRegistryAdmin({
    url,
    token: token?.secret,
    env: shell.env,
    connect: await connectorFor(shell, flags, served.pinnedOf(url)),
  });
}

/** One that is written without a scheme and is served here is spoken to as it was started. */
function asServed(url: string, served: ServedRegistry): string {
  const { host } = new URL(url);
  const scheme = served.schemeOf(host);
  return scheme === undefined ? url : `${scheme}//${host}`;
}

async function connectorFor(
  shell: Shell,
  { caFile }: RegistryConnectionFlags,
  pinned: PinnedCertificates | undefined,
): Promise<buildConnector.connector | undefined> {
  if (pinned === undefined && caFile === undefined) return undefined;
  const ca = caFile === undefined ? undefined : await readAuthority(resolve(shell.cwd, caFile));
  return openConnector({ context: openTlsContext(ca, undefined), pinned });
}
