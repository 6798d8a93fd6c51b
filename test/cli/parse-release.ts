/** The program as far as it parses `release` and the verbs below it. */
import type { Command } from 'commander';
import { buildProgram } from '../../cli/command-line.ts';
import { type ReleaseFlags, readReleaseFlags } from '../../cli/release/release-flags.ts';
import type { ReleaseCommand } from '../../cli/release/setting-flags.ts';
import { addReleaseDetails } from '../../cli/verbs/release-verb.ts';
import { openTestShell } from './test-shell.ts';

/** The verb, with all its flags. */
export async function releaseVerb(command: ReleaseCommand): Promise<Command> {
  const program = await buildProgram(openTestShell().shell, '9.9.9', async () => undefined);
  await addReleaseDetails(program);
  const release = program.commands.find((verb) => verb.name() === 'release');
  const verb = command === 'release' ? release : release?.commands.find((child) => child.name() === command);
  if (verb === undefined) throw new Error(`no verb: ${command}`);
  return verb;
}

/** What the words behind the verb say; throws what the parser throws. */
export async function parseRelease(
  words: readonly string[],
  command: ReleaseCommand = 'release',
): Promise<ReleaseFlags> {
  const verb = await releaseVerb(command);
  await verb.parseAsync([...words], { from: 'user' });
  return readReleaseFlags(verb, command);
}
