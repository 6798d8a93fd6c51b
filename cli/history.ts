/** `history APP ENVIRONMENT`: what was current there, newest first. */
import { type ConnectionFlags, openConnection } from './connection.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { renderHistory } from './render/history.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './write-json.ts';

export interface HistoryFlags extends ConnectionFlags {
  readonly json: boolean;
}

/** Prints the releases of an app in an environment. */
export async function history(
  shell: Shell,
  named: { readonly app: string; readonly environment: string },
  flags: HistoryFlags,
): Promise<ExitCode> {
  const client = await openConnection(shell, flags);
  try {
    const view = await client.history(named.app, named.environment, shell.signal);
    if (flags.json) writeJson(shell, view);
    else shell.stdout.write(renderHistory(view, shell.now(), shell.stdout.look()));
    return exitCodes.done;
  } finally {
    await client.close();
  }
}
