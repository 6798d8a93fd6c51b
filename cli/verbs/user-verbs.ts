/** The verbs about users with passwords. What each is made of is loaded when it is asked for. */
import { type Command, Option } from 'commander';
import { roles } from '../../core/access.ts';
import type { RunVerb } from '../run-verb.ts';
import type { AddUserFlags } from '../users/add-user.ts';
import type { ListUsersFlags } from '../users/list-users.ts';
import type { RemoveUserFlags } from '../users/remove-user.ts';
import { withJson, withMemberConnection } from './flags.ts';

/** Adds users add, users list and users remove. */
export function addUserVerbs(program: Command, run: RunVerb): void {
  const users = program.command('users').description('who signs in to the embedded registry with a password');
  const addVerb = users
    .command('add')
    .description('add a user, with a password that is typed here: 12 characters or more')
    .argument('<name>')
    .addOption(
      new Option('--role <role>', `what the user may do: ${roles.join(', ')}`).choices(roles).makeOptionMandatory(),
    )
    .option('--password-stdin', 'take the password from standard input', false)
    .option('--replace', 'give a user of that name this role and a new password', false)
    .option('--dry-run', 'see whether the name is free and change nothing', false)
    .action((name: string, flags: AddUserFlags) =>
      run(async (shell) => (await import('../users/add-user.ts')).addUser(shell, name, flags)),
    );
  withMemberConnection(withJson(addVerb));

  const listVerb = users
    .command('list')
    .description('show the users and their roles')
    .action((flags: ListUsersFlags) =>
      run(async (shell) => (await import('../users/list-users.ts')).listUsers(shell, flags)),
    );
  withMemberConnection(withJson(listVerb));

  const removeVerb = users
    .command('remove')
    .description('remove a user; the password ends at once')
    .argument('<name>')
    .option('--dry-run', 'see whether there is such a user and change nothing', false)
    .option('-y, --yes', 'do not ask', false)
    .action((name: string, flags: RemoveUserFlags) =>
      run(async (shell) => (await import('../users/remove-user.ts')).removeUser(shell, name, flags)),
    );
  withMemberConnection(withJson(removeVerb));
}
