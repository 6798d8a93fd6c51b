/** `users add NAME`: somebody who signs in to the embedded registry with a password. */
import { openApiClient } from '../../api/client/api-client.ts';
import type { UserView } from '../../api/user.ts';
import type { Role } from '../../core/access.ts';
import { ConflictError } from '../../errors/errors.ts';
import { type Connection, type ConnectionFlags, resolveConnection } from '../connection.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { readPassword } from './read-password.ts';

export interface AddUserFlags extends ConnectionFlags {
  readonly role: Role;
  readonly passwordStdin: boolean;
  /** Whether a user of that name gets the password and the role. */
  readonly replace: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Adds the user; whether the name is free is asked before anybody types a password. */
export async function addUser(shell: Shell, name: string, flags: AddUserFlags): Promise<ExitCode> {
  const connection = await resolveConnection(shell, flags);
  const client = openApiClient({ url: connection.url, token: connection.token?.secret, env: shell.env });
  try {
    const known = (await client.listUsers(shell.signal)).some((user) => user.name === name);
    if (known && !flags.replace) {
      throw new ConflictError({ code: 'USER_EXISTS', message: `there is a user of that name: ${name}` });
    }
    if (flags.dryRun) return tellDryRun(shell, { name, role: flags.role }, flags);
    const password = await readPassword(shell, name, flags.passwordStdin);
    const { role, replace } = flags;
    const user = await client.createUser({ name, password, role, replace }, shell.signal);
    return tellUser(shell, user, { ...flags, verb: known ? 'replaced' : 'added', connection });
  } finally {
    await client.close();
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
  how: { readonly json: boolean; readonly verb: string; readonly connection: Connection },
): ExitCode {
  const name = printable(user.name);
  if (how.json) writeJson(shell, { changed: true, user });
  else shell.stdout.write(`${shell.stdout.look().palette.green(how.verb)}: ${name}, ${user.role}\n`);
  const { registryUrl } = how.connection;
  if (registryUrl !== undefined) {
    shell.stderr.write(`sign in: docker login ${printable(new URL(registryUrl).host)} -u ${name}\n`);
  }
  return exitCodes.done;
}
