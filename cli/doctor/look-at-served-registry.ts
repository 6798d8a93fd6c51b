/**
 * Whether the registry that `serve` runs from the data directory can take pushes: its disk, its room, its lock; and where
 * no service does, whether it takes the token.
 */
import { openServiceTransport, type ServiceTransport } from '../../api/client/service-transport.ts';
import { readinessSchema } from '../../api/health.ts';
import { openConnector } from '../../oci/client/wire/connector.ts';
import { openTlsContext } from '../../oci/client/wire/tls-context.ts';
import type { Connection } from '../connection.ts';
import { readServedRegistry } from '../served-registry.ts';
import type { Shell } from '../shell.ts';
import type { FoundToken } from '../token.ts';
import { type Finding, fine, problem, problemOf, skipped } from './finding.ts';

const name = 'registry storage';

/** What it says of itself; nothing where none is served from here. */
export async function lookAtServedRegistry(shell: Shell, connection: Connection): Promise<readonly Finding[]> {
  const served = await readServedRegistry(connection.dataDirectory);
  if (served.url === undefined) return [];
  const pinned = served.pinnedOf(served.url);
  const transport = openServiceTransport({
    url: served.url,
    token: connection.token?.secret,
    env: shell.env,
    connect: pinned && openConnector({ context: openTlsContext(undefined, undefined), pinned }),
  });
  try {
    const storage = await lookAtStorage(shell, transport);
    return connection.isRegistryAlone ? [storage, await lookAtToken(shell, transport, connection.token)] : [storage];
  } finally {
    await transport.close();
  }
}

async function lookAtStorage({ signal }: Shell, transport: ServiceTransport): Promise<Finding> {
  try {
    const { status, json } = await transport.request('GET', '/readyz', { signal });
    const readiness = readinessSchema.safeParse(json);
    if (!readiness.success) return problem(name, 'SERVICE_ANSWER_INVALID', `${transport.url}/readyz answers ${status}`);
    const unwell = readiness.data.parts.filter((part) => !part.ok);
    if (unwell.length === 0) return fine(name, 'takes pushes');
    const details = unwell.map((part) => part.detail ?? part.name).join('; ');
    return problem(name, 'DATA_DIRECTORY_UNUSABLE', `takes no pushes: ${details}`, wayOut);
  } catch (error) {
    return problemOf(name, error);
  }
}

const wayOut = 'make room on its disk, or let it be written to; where the lock is another’s, restart it';

async function lookAtToken(
  { signal }: Shell,
  transport: ServiceTransport,
  token: FoundToken | undefined,
): Promise<Finding> {
  if (token === undefined) return skipped('token', 'none found: users, tokens and tags are looked after with one');
  try {
    const { status } = await transport.request('GET', '/v2/', { signal });
    if (status === 200) return fine('token', `from ${token.place}: the registry takes it`);
    if (status !== 401) return problem('token', 'SERVICE_ANSWER_INVALID', `${transport.url}/v2/ answers ${status}`);
    return problem('token', 'ACCESS_DENIED', `the registry does not take the one from ${token.place}`, tokenWayOut);
  } catch (error) {
    return problemOf('token', error);
  }
}

const tokenWayOut = 'name the file of another with --token-file, or put it into REGISTRY_ACTION_TOKEN';
