/** `users remove NAME`: the end of a user's password. */
import { NotFoundError } from '../../errors/errors.ts';
import { assertConfirmable, confirmYes } from '../confirm.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type MemberFlags, openMemberDoor } from '../members/member-door.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';

export interface RemoveUserFlags extends MemberFlags {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Removes the user after a yes. Tokens that carry the same name stay: they are others' to revoke. */
export async function removeUser(shell: Shell, name: string, flags: RemoveUserFlags): Promise<ExitCode> {
  if (!flags.dryRun) assertConfirmable(shell, flags.yes, `users remove ${name}`);
  const door = await openMemberDoor(shell, flags);
  try {
    const user = (await door.listUsers(shell.signal)).find((known) => known.name === name);
    if (user === undefined) throw new NotFoundError({ code: 'USER_UNKNOWN', message: `unknown user: ${name}` });
    const shown = printable(name);
    if (!flags.dryRun) {
      if (!flags.yes && !(await confirmYes(shell, `remove ${shown}, ${user.role}?`))) {
        shell.stderr.write('not confirmed, nothing was changed\n');
        return exitCodes.cancelled;
      }
      await door.removeUser(name, shell.signal);
    }
    if (flags.json) writeJson(shell, { changed: !flags.dryRun, user });
    else if (flags.dryRun) shell.stdout.write(`${shown}  ${user.role}\n`);
    else shell.stdout.write(`${shell.stdout.look().palette.green('removed')}: ${shown}\n`);
    if (flags.dryRun) shell.stderr.write('dry run: nothing was changed\n');
    return exitCodes.done;
  } finally {
    await door.close();
  }
}
