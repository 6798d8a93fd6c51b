/** `tokens revoke TOKEN`: the end of an API token. */
import type { TokenView } from '../../api/token.ts';
import { InputError, NotFoundError } from '../../errors/errors.ts';
import { assertConfirmable, confirmYes } from '../confirm.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type MemberFlags, openMemberDoor } from '../members/member-door.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { limitsOf } from './token-limits.ts';

export interface RevokeTokenFlags extends MemberFlags {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Ends the token after a yes, everywhere at once. It is named by its id, or by its name where no other has it.
 * @throws NotFoundError TOKEN_UNKNOWN; InputError REQUEST_INVALID for a name that several have.
 */
export async function revokeToken(shell: Shell, named: string, flags: RevokeTokenFlags): Promise<ExitCode> {
  if (!flags.dryRun) assertConfirmable(shell, flags.yes, `tokens revoke ${named}`);
  const door = await openMemberDoor(shell, flags);
  try {
    const token = tokenCalled(named, await door.listTokens(shell.signal));
    const shown = [`${printable(token.name)} (${printable(token.id)})`, token.role, ...limitsOf(token)].join(', ');
    if (!flags.dryRun) {
      if (!flags.yes && !(await confirmYes(shell, `revoke ${shown}?`))) {
        shell.stderr.write('not confirmed, nothing was changed\n');
        return exitCodes.cancelled;
      }
      await door.revokeToken(token.id, shell.signal);
    }
    if (flags.json) writeJson(shell, { changed: !flags.dryRun, token });
    else if (flags.dryRun) shell.stdout.write(`${shown}\n`);
    else shell.stdout.write(`${shell.stdout.look().palette.green('revoked')}: ${shown}\n`);
    if (flags.dryRun) shell.stderr.write('dry run: nothing was changed\n');
    return exitCodes.done;
  } finally {
    await door.close();
  }
}

function tokenCalled(named: string, tokens: readonly TokenView[]): TokenView {
  const byId = tokens.find(({ id }) => id === named);
  const [byName, ...others] = tokens.filter(({ name }) => name === named);
  if (byId === undefined && others.length > 0) {
    throw new InputError({
      code: 'REQUEST_INVALID',
      message: `${others.length + 1} tokens have this name: ${named}`,
      wayOut: `name one by its id: ${[byName, ...others].map((token) => token?.id).join(', ')}`,
    });
  }
  const token = byId ?? byName;
  if (token === undefined) throw new NotFoundError({ code: 'TOKEN_UNKNOWN', message: `unknown token: ${named}` });
  return token;
}
