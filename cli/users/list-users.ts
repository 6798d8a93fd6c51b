/** `users list`: who signs in to the embedded registry with a password. */
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type MemberFlags, openMemberDoor } from '../members/member-door.ts';
import { lineOf } from '../render/line.ts';
import { renderTable } from '../render/table.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';

export interface ListUsersFlags extends MemberFlags {
  readonly json: boolean;
}

/** Prints the users with their roles, by name. */
export async function listUsers(shell: Shell, flags: ListUsersFlags): Promise<ExitCode> {
  const door = await openMemberDoor(shell, flags);
  try {
    const users = await door.listUsers(shell.signal);
    const look = shell.stdout.look();
    if (flags.json) {
      writeJson(shell, { users });
    } else if (users.length === 0) {
      shell.stderr.write('no users yet: registry-action users add NAME --role ROLE\n');
    } else {
      const rows = users.map(({ name, role }) => [lineOf(printable(name), look.palette.bold), lineOf(role)]);
      shell.stdout.write(renderTable(rows, look));
    }
    return exitCodes.done;
  } finally {
    await door.close();
  }
}
