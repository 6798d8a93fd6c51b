/** `doctor`: looks at everything that must work, and says the way out for what does not. */
import { openApiClient } from './api-client.ts';
import { type ConnectionFlags, resolveConnection } from './connection.ts';
import type { Finding } from './doctor/finding.ts';
import { lookAtDataDirectory } from './doctor/look-at-data-directory.ts';
import { lookAtNode } from './doctor/look-at-node.ts';
import { lookAtRedis } from './doctor/look-at-redis.ts';
import { lookAtRegistries } from './doctor/look-at-registries.ts';
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
      await lookAtDataDirectory(connection.dataDirectory),
      await lookAtRedis(shell.env, shell.signal),
      ...(await lookAtRegistries(shell, { configFile: configFile || undefined, connection })),
      ...(await lookAtService(shell, client, connection.token)),
    ];
    const first = findings.find((finding) => finding.state === 'problem');
    if (flags.json) writeJson(shell, { ok: first === undefined, findings });
    else shell.stdout.write(renderFindings(findings, shell.stdout.look()));
    return first === undefined ? exitCodes.done : exitCodeOfErrorCode(first.code);
  } finally {
    await client.close();
  }
}
