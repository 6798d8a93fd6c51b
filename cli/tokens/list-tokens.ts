/** `tokens list`: which API tokens there are, without their secrets. */
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type MemberFlags, openMemberDoor } from '../members/member-door.ts';
import { lineOf } from '../render/line.ts';
import { renderTable } from '../render/table.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { limitsOf } from './token-limits.ts';

export interface ListTokensFlags extends MemberFlags {
  readonly json: boolean;
}

/** Prints the tokens in the order of their making, those that have ended too. */
export async function listTokens(shell: Shell, flags: ListTokensFlags): Promise<ExitCode> {
  const door = await openMemberDoor(shell, flags);
  try {
    const tokens = await door.listTokens(shell.signal);
    if (flags.json) {
      writeJson(shell, { tokens });
      return exitCodes.done;
    }
    const look = shell.stdout.look();
    const rows = tokens.map((token) => {
      const hasEnded = token.expiresAt !== undefined && Date.parse(token.expiresAt) <= shell.now();
      return [
        lineOf(printable(token.id)),
        lineOf(printable(token.name), look.palette.bold),
        lineOf(token.role),
        lineOf(`made ${token.createdAt.slice(0, 10)}`),
        lineOf(hasEnded ? 'ended' : '', look.palette.red),
        lineOf(limitsOf(token).join(', ')),
      ];
    });
    shell.stdout.write(renderTable(rows, look));
    return exitCodes.done;
  } finally {
    await door.close();
  }
}
