/** Whether the registry that `serve` runs from the data directory can take pushes: its disk, its room, its lock. */
import { openServiceTransport } from '../../api/client/service-transport.ts';
import { readinessSchema } from '../../api/health.ts';
import { openConnector } from '../../oci/client/wire/connector.ts';
import { openTlsContext } from '../../oci/client/wire/tls-context.ts';
import type { Connection } from '../connection.ts';
import { readServedRegistry } from '../served-registry.ts';
import type { Shell } from '../shell.ts';
import { type Finding, fine, problem, problemOf } from './finding.ts';

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
    const { status, json } = await transport.request('GET', '/readyz', { signal: shell.signal });
    const readiness = readinessSchema.safeParse(json);
    if (!readiness.success) return [problem(name, 'SERVICE_ANSWER_INVALID', `${served.url}/readyz answers ${status}`)];
    const unwell = readiness.data.parts.filter((part) => !part.ok);
    if (unwell.length === 0) return [fine(name, 'takes pushes')];
    const details = unwell.map((part) => part.detail ?? part.name).join('; ');
    return [problem(name, 'DATA_DIRECTORY_UNUSABLE', `takes no pushes: ${details}`, wayOut)];
  } catch (error) {
    return [problemOf(name, error)];
  } finally {
    await transport.close();
  }
}

const wayOut = 'make room on its disk, or let it be written to; where the lock is another’s, restart it';
