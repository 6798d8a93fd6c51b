/** The verbs about API tokens. What each is made of is loaded when it is asked for. */
import { type Command, Option } from 'commander';
import { roles } from '../../core/access.ts';
import type { RunVerb } from '../run-verb.ts';
import type { CreateTokenFlags } from '../tokens/create-token.ts';
import type { ListTokensFlags } from '../tokens/list-tokens.ts';
import type { RevokeTokenFlags } from '../tokens/revoke-token.ts';
import { withJson, withMemberConnection } from './flags.ts';

/** Adds tokens create, tokens list and tokens revoke. */
export function addTokenVerbs(program: Command, run: RunVerb): void {
  const tokens = program
    .command('tokens')
    .description('API tokens: what machines sign in with, to service and registry');
  const createVerb = tokens
    .command('create')
    .description('make a token; it is printed once, on stdout')
    .argument('<name>', 'who or what will use it; records show it')
    .addOption(
      new Option('--role <role>', `what its holder may do: ${roles.join(', ')}`).choices(roles).makeOptionMandatory(),
    )
    .option('--repository <pattern>', 'limit the role to repositories, such as team/**; may be repeated', collect, [])
    .option('--expires <time>', 'how long it is good, such as 12h or 90d; without an end when absent')
    .option('--dry-run', 'see what would be made and change nothing', false)
    .action((name: string, flags: CreateTokenFlags) =>
      run(async (shell) => (await import('../tokens/create-token.ts')).createToken(shell, name, flags)),
    );
  withMemberConnection(withJson(createVerb));

  const listVerb = tokens
    .command('list')
    .description('show the tokens, without their secrets')
    .action((flags: ListTokensFlags) =>
      run(async (shell) => (await import('../tokens/list-tokens.ts')).listTokens(shell, flags)),
    );
  withMemberConnection(withJson(listVerb));

  const revokeVerb = tokens
    .command('revoke')
    .description('end a token, everywhere and at once')
    .argument('<token>', 'its id, or its name where no other has it')
    .option('--dry-run', 'see which token is meant and change nothing', false)
    .option('-y, --yes', 'do not ask', false)
    .action((token: string, flags: RevokeTokenFlags) =>
      run(async (shell) => (await import('../tokens/revoke-token.ts')).revokeToken(shell, token, flags)),
    );
  withMemberConnection(withJson(revokeVerb));
}

function collect(pattern: string, before: readonly string[]): readonly string[] {
  return [...before, pattern];
}
