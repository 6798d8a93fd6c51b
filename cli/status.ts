/** `status [APP]`: the environment matrix. */
import type { StatusMatrix } from '../api/status.ts';
import { NotFoundError } from '../errors/errors.ts';
import { type ConnectionFlags, openConnection } from './connection.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { renderMatrix } from './render/matrix.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './write-json.ts';

export interface StatusFlags extends ConnectionFlags {
  readonly json: boolean;
}

/** Prints what is current where, of every app or of one. */
export async function status(shell: Shell, app: string | undefined, flags: StatusFlags): Promise<ExitCode> {
  const client = await openConnection(shell, flags);
  try {
    const matrix =
      app === undefined ? await client.status(shell.signal) : rowOf(await client.status(shell.signal), app);
    if (flags.json) {
      writeJson(shell, matrix);
    } else if (matrix.apps.length === 0) {
      shell.stderr.write(`no apps yet in ${matrix.environments.join(', ')}: push an image with a version as its tag\n`);
    } else {
      // Ages are told by the service's clock: this machine's may be wrong.
      shell.stdout.write(renderMatrix(matrix, Date.parse(matrix.at), shell.stdout.look()));
    }
    return exitCodes.done;
  } finally {
    await client.close();
  }
}

function rowOf(matrix: StatusMatrix, app: string): StatusMatrix {
  const apps = matrix.apps.filter((one) => one.app === app);
  if (apps.length === 0) throw new NotFoundError({ code: 'APP_UNKNOWN', message: `unknown app: ${app}` });
  return { ...matrix, apps };
}
