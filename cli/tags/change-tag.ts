/** A change of one tag: shown, agreed to, made, and told. */
import {
  breakGlassHeader,
  type ToldTagChange,
  tagChangeSchema,
  tagResourcePath,
} from '../../api/registry/tag-history.ts';
import { isTagReason, tagReasonCharsMax } from '../../core/tag-reason.ts';
import { InputError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { confirmYes } from '../confirm.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { formatTagMove } from '../render/tag-history.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import type { TagConnection, TagFlags } from './open-tag.ts';

export interface ChangeTagFlags extends TagFlags {
  readonly reason?: string;
  readonly breakGlass?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

export interface WantedTagChange {
  readonly word: 'restore' | 'tag';
  readonly from: Digest | undefined;
  /** Undefined: it is removed. */
  readonly to: Digest | undefined;
}

/**
 * Makes the change after a yes, if the tag still names what was shown; a dry run asks the registry what it would say.
 * @throws InputError REQUEST_INVALID, BREAK_GLASS_INVALID for a reason that cannot be kept.
 */
export async function changeTag(
  shell: Shell,
  opened: TagConnection,
  wanted: WantedTagChange,
  flags: ChangeTagFlags,
): Promise<ExitCode> {
  assertReason('--reason', 'REQUEST_INVALID', flags.reason);
  assertReason('--break-glass', 'BREAK_GLASS_INVALID', flags.breakGlass);
  const shown = `${printable(opened.written)}: ${formatTagMove(wanted.from, wanted.to, shell.stderr.look())}`;
  if (!flags.dryRun && !flags.yes && !(await confirmYes(shell, `${shown}?`))) {
    shell.stderr.write('not confirmed, nothing was changed\n');
    return exitCodes.cancelled;
  }
  const change = await request(shell, opened, wanted, flags);
  if (flags.json) writeJson(shell, change);
  else tell(shell, opened, change, flags.dryRun);
  if (flags.dryRun) shell.stderr.write('dry run: nothing was changed\n');
  return exitCodes.done;
}

function assertReason(flag: string, code: 'REQUEST_INVALID' | 'BREAK_GLASS_INVALID', reason: string | undefined): void {
  if (reason === undefined || isTagReason(reason)) return;
  const wayOut = `write one line of at most ${tagReasonCharsMax} characters`;
  throw new InputError({ code, message: `not a reason that can be kept: ${flag} ${JSON.stringify(reason)}`, wayOut });
}

function request(
  shell: Shell,
  { admin, repository, tag }: TagConnection,
  { word, from, to }: WantedTagChange,
  { reason, breakGlass, dryRun }: ChangeTagFlags,
): Promise<ToldTagChange> {
  return admin.request({
    method: word === 'tag' ? 'DELETE' : 'POST',
    path: tagResourcePath(repository, tag, word),
    schema: tagChangeSchema,
    body: { to, expect: from, reason, dryRun },
    // Headers are bytes; what goes over the wire is UTF-8.
    ...(breakGlass === undefined
      ? {}
      : { headers: { [breakGlassHeader]: Buffer.from(breakGlass, 'utf8').toString('latin1') } }),
    signal: shell.signal,
  });
}

function tell(shell: Shell, { written }: TagConnection, change: ToldTagChange, dryRun: boolean): void {
  const look = shell.stdout.look();
  const { from, to, number } = change;
  const move = `${printable(written)}  ${formatTagMove(from, to, look)}`;
  if (dryRun) shell.stdout.write(`${move}\n`);
  else if (!change.changed) shell.stdout.write(`already so: ${printable(written)}\n`);
  else shell.stdout.write(`${look.palette.green(to === undefined ? 'removed' : 'moved')}: ${move}  (move ${number})\n`);
  if (change.overrode.length > 0) shell.stderr.write(`break-glass overrides: ${change.overrode.join(', ')}\n`);
}
