/** `rollback APP ENVIRONMENT`: makes an earlier release current again. */
import type { RollbackRequest } from '../api/promotion.ts';
import { InputError } from '../errors/errors.ts';
import { askLine, assertConfirmable, confirmWord } from './confirm.ts';
import { type ConnectionFlags, openConnection } from './connection.ts';
import type { ExitCode } from './exit-code.ts';
import { printable } from './render/width.ts';
import type { Shell } from './shell.ts';
import { type Change, type ChangeFlags, submitChange } from './submit-change.ts';

export interface RollbackArguments {
  readonly app: string;
  readonly environment: string;
}

export interface RollbackFlags extends ChangeFlags, ConnectionFlags {
  /** Version, digest or history number; the last good release when absent. */
  readonly to?: string;
  readonly reason?: string;
  readonly expectCurrent?: string;
}

/** Reason that a dry run sends when none was given: nothing of it is kept. */
const dryRunReason = 'dry run';

/** Plans, asks for the app's name, submits and waits; the exit code tells how it ended. */
export async function rollback(shell: Shell, named: RollbackArguments, flags: RollbackFlags): Promise<ExitCode> {
  if (!flags.dryRun) assertConfirmable(shell, flags.yes, `rollback ${named.app} ${named.environment}`);
  const reason = await reasonFor(shell, named, flags);
  const client = await openConnection(shell, flags);
  try {
    const request: RollbackRequest = {
      ...named,
      reason,
      ...(flags.to === undefined ? {} : { to: flags.to }),
      ...(flags.expectCurrent === undefined ? {} : { expectedCurrent: flags.expectCurrent }),
    };
    return await submitChange(shell, client, rollbackChange(shell, request), flags);
  } finally {
    await client.close();
  }
}

/** The rollback as a change: it goes to the digest the plan showed, so that two responders do not step back twice. */
export function rollbackChange(shell: Shell, request: RollbackRequest): Change {
  return {
    plan: (client, signal) => client.submitRollback({ ...request, dryRun: true }, shell.newId(), signal),
    confirm: (plan) => {
      const question = `type the name of the app (${plan.app}) to roll ${plan.environment} back:`;
      return confirmWord(shell, printable(question), plan.app);
    },
    submit: (client, plan, signal) => {
      const expectedCurrent = request.expectedCurrent ?? plan.from;
      const exactly = { ...request, to: plan.to, ...(expectedCurrent === undefined ? {} : { expectedCurrent }) };
      return client.submitRollback(exactly, shell.newId(), signal);
    },
  };
}

/** Every rollback says why: by flag, or asked for on a terminal. */
async function reasonFor(shell: Shell, named: RollbackArguments, flags: RollbackFlags): Promise<string> {
  const given = flags.reason?.trim() ?? '';
  if (given !== '') return given;
  if (flags.dryRun) return dryRunReason;
  const asked = shell.ask === undefined ? '' : await askLine(shell, `why is ${named.app} rolled back?`);
  if (asked !== '') return asked;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: `a rollback needs a reason: ${named.app} in ${named.environment}`,
    wayOut: 'add --reason "…": it goes into the receipt, and others will read it',
  });
}
