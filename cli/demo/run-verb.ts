/** The demo's promotions and rollbacks: the very verbs of the command line, with their output kept. */
import { InvariantError } from '../../errors/errors.ts';
import { exitCodes } from '../exit-code.ts';
import { promote } from '../promote.ts';
import { rollback } from '../rollback.ts';
import type { Shell } from '../shell.ts';
import { quieten } from './quiet-shell.ts';
import type { Stage } from './stage.ts';

export interface Place {
  readonly app: string;
  readonly environment: string;
}

/** What a verb wrote. */
export interface Said {
  readonly data: string;
  readonly talk: string;
}

/** Longest wait for one step, in milliseconds. */
const stepTimeoutMs = 30_000;

const changeFlags = { dryRun: false, yes: true, wait: true, timeoutMs: stepTimeoutMs, json: false };

/** Promotes what is current in the environment before; throws unless it ends well. */
export function promoteVerb(shell: Shell, stage: Stage, place: Place): Promise<Said> {
  return runVerb(shell, (quiet) => promote(quiet, place, { ...changeFlags, ...connection(stage) }));
}

/** Rolls back; throws unless it ends well. */
export function rollbackVerb(shell: Shell, stage: Stage, asked: Place & { readonly reason: string }): Promise<Said> {
  const { app, environment, reason } = asked;
  const flags = { ...changeFlags, ...connection(stage), reason };
  return runVerb(shell, (quiet) => rollback(quiet, { app, environment }, flags));
}

function connection(stage: Stage) {
  return { url: stage.apiUrl, tokenFile: stage.tokenFile };
}

async function runVerb(shell: Shell, verb: (shell: Shell) => Promise<number>): Promise<Said> {
  const quiet = quieten(shell);
  const exitCode = await verb(quiet.shell);
  const said = { data: quiet.data().trim(), talk: quiet.talk() };
  if (exitCode === exitCodes.done) return said;
  throw new InvariantError({ code: 'INVARIANT_BROKEN', message: `exit code ${exitCode}\n${said.talk}` });
}
