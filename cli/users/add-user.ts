/** `users add NAME`: somebody who signs in to the embedded registry with a password. */
import type { UserView } from '../../api/user.ts';
import type { Role } from '../../core/access.ts';
import { ConflictError } from '../../errors/errors.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type MemberDoor, type MemberFlags, openMemberDoor } from '../members/member-door.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { readPassword } from './read-password.ts';

export interface AddUserFlags extends MemberFlags {
  readonly role: Role;
  readonly passwordStdin: boolean;
  /** Whether a user of that name gets the password and the role. */
  readonly replace: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Adds the user; whether the name is free is asked before anybody types a password. */
export async function addUser(shell: Shell, name: string, flags: AddUserFlags): Promise<ExitCode> {
  const door = await openMemberDoor(shell, flags);
  try {
    const known = (await door.listUsers(shell.signal)).some((user) => user.name === name);
    if (known && !flags.replace) {
      throw new ConflictError({ code: 'USER_EXISTS', message: `there is a user of that name: ${name}` });
    }
    if (flags.dryRun) return tellDryRun(shell, { name, role: flags.role }, flags);
    const password = await readPassword(shell, name, flags.passwordStdin);
    const { role, replace } = flags;
    const user = await door.createUser({ name, password, role, replace }, shell.signal);
    return tellUser(shell, user, { ...flags, verb: known ? 'replaced' : 'added', door });
  } finally {
    await door.close();
  }
}

function tellDryRun(shell: Shell, user: UserView, { json }: AddUserFlags): ExitCode {
  if (json) writeJson(shell, { changed: false, user });
  else shell.stdout.write(`${printable(user.name)}  ${user.role}\n`);
  shell.stderr.write('dry run: nothing was changed\n');
  return exitCodes.done;
}

function tellUser(
  shell: Shell,
  user: UserView,
  how: { readonly json: boolean; readonly verb: string; readonly door: MemberDoor },
): ExitCode {
  const name = printable(user.name);
  if (how.json) writeJson(shell, { changed: true, user });
  else shell.stdout.write(`${shell.stdout.look().palette.green(how.verb)}: ${name}, ${user.role}\n`);
  const { signInHost } = how.door;
  if (signInHost !== undefined) shell.stderr.write(`sign in: docker login ${printable(signInHost)} -u ${name}\n`);
  return exitCodes.done;
}
