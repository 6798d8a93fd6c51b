/** The page on copying and the help of `copy` speak of the same flags. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runWords } from '../cli/test-shell.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/copy.md'), 'utf8');
const [ours = ''] = page.split('## Coming from other tools');

function flagsIn(text: string): readonly string[] {
  return [...new Set(text.match(/(?<![\w-])--[a-z][a-z-]+/g))].toSorted();
}

it('each flag of copy is explained on its page, and the page names no other', async () => {
  const { stdout } = await runWords(['copy', '--help']);
  const unexplained = new Set(['--help', '--data']);
  expect(flagsIn(ours)).toEqual(flagsIn(stdout).filter((flag) => !unexplained.has(flag)));
});
