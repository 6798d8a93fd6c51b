/** Which verbs are loaded for which command line. */
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addVerbs, verbGroups } from '../../cli/verbs/verb-groups.ts';

async function verbsFor(first: string | undefined): Promise<readonly string[]> {
  const program = new Command('registry-action');
  await addVerbs(program, async () => undefined, first);
  return program.commands.flatMap((command) => [command.name(), ...command.aliases()]);
}

it.each(verbGroups.map(({ names }) => names))(
  '%s comes with its group alone, every name of which is told',
  async (...names) => {
    for (const name of names) expect(await verbsFor(name)).toEqual(expect.arrayContaining(names));
    expect(await verbsFor(names[0])).toHaveLength(names.length);
  },
);

it.each([undefined, '--help', 'help', 'cpoy'])('for %s all are there, because any may be meant', async (first) => {
  expect((await verbsFor(first)).toSorted()).toEqual(verbGroups.flatMap(({ names }) => names).toSorted());
});
