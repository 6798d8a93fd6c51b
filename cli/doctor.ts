/** `doctor`: looks at everything that must work, and says the way out for what does not. */

import { openApiClient } from '../api/client/api-client.ts';
import { isLoopbackHost } from '../api/loopback.ts';
import { type Connection, type ConnectionFlags, resolveConnection } from './connection.ts';
import { type Finding, skipped } from './doctor/finding.ts';
import { lookAtDataDirectory } from './doctor/look-at-data-directory.ts';
import { lookAtNode } from './doctor/look-at-node.ts';
import { lookAtRedis } from './doctor/look-at-redis.ts';
import { lookAtRegistries } from './doctor/look-at-registries.ts';
import { lookAtServedRegistry } from './doctor/look-at-served-registry.ts';
import { lookAtService } from './doctor/look-at-service.ts';
import { type ExitCode, exitCodeOfErrorCode, exitCodes } from './exit-code.ts';
import { renderFindings } from './render/findings.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './write-json.ts';

export interface DoctorFlags extends ConnectionFlags {
  readonly config?: string;
  readonly json: boolean;
}

/** Prints one line for each thing looked at; the exit code is that of the first problem. */
export async function doctor(shell: Shell, flags: DoctorFlags): Promise<ExitCode> {
  const connection = await resolveConnection(shell, flags);
  const configFile = flags.config ?? shell.env['REGISTRY_ACTION_CONFIG'];
  const client = openApiClient({ url: connection.url, token: connection.token?.secret, env: shell.env });
  try {
    const findings: readonly Finding[] = [
      lookAtNode(shell.nodeVersion),
      ...(await lookAtServing(shell, connection, configFile || undefined)),
      ...(connection.isRegistryAlone ? [skipped('api', alone)] : await lookAtService(shell, client, connection.token)),
    ];
    const first = findings.find((finding) => finding.state === 'problem');
    if (flags.json) writeJson(shell, { ok: first === undefined, findings });
    else shell.stdout.write(renderFindings(findings, shell.stdout.look()));
    return first === undefined ? exitCodes.done : exitCodeOfErrorCode(first.code);
  } finally {
    await client.close();
  }
}

const alone = 'the registry runs alone';

async function lookAtOwnRedis(shell: Shell, { isRegistryAlone }: Connection): Promise<Finding> {
  return isRegistryAlone ? skipped('redis', alone) : await lookAtRedis(shell.env, shell.signal);
}

/** What a service on this machine needs; of one elsewhere only the registries that a configuration names are looked at. */
async function lookAtServing(
  shell: Shell,
  connection: Connection,
  configFile: string | undefined,
): Promise<readonly Finding[]> {
  const isHere = isLoopbackHost(new URL(connection.url).hostname);
  const elsewhere = 'the service is elsewhere';
  return [
    isHere ? await lookAtDataDirectory(connection.dataDirectory) : skipped('data directory', elsewhere),
    isHere ? await lookAtOwnRedis(shell, connection) : skipped('redis', elsewhere),
    ...(isHere || configFile !== undefined
      ? await lookAtRegistries(shell, { configFile, connection })
      : [skipped('registry', elsewhere)]),
    ...(isHere ? await lookAtServedRegistry(shell, connection) : []),
  ];
}
