/** A change of one tag: shown, agreed to, made, and told. */
import {
  breakGlassHeader,
  type ToldTagChange,
  tagChangeSchema,
  tagResourcePath,
} from '../../api/registry/tag-history.ts';
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

/** Makes the change after a yes, if the tag still names what was shown; a dry run asks the registry what it would say. */
export async function changeTag(
  shell: Shell,
  opened: TagConnection,
  wanted: WantedTagChange,
  flags: ChangeTagFlags,
): Promise<ExitCode> {
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
  else shell.stdout.write(`${look.palette.green('moved')}: ${move}  (move ${number})\n`);
  if (change.overrode.length > 0) shell.stderr.write(`break-glass overrides: ${change.overrode.join(', ')}\n`);
}
