/** The end of what builders say, and the line in it that says why. */
import { describe, expect, it } from 'vitest';
import { causeIn, openLastLines } from '../../../../release/builders/program/last-lines.ts';

describe('last lines', () => {
  it('are the last twenty with text, without colour, none of them endless', () => {
    const last = openLastLines();
    for (let count = 1; count <= 30; count += 1) {
      last.add(`\u001b[33mline ${count}\u001b[0m  `);
      last.add('');
    }
    last.add('x'.repeat(5000));
    const lines = last.list();
    expect(lines).toHaveLength(20);
    expect(lines[0]).toBe('line 12');
    expect(lines.at(-1)).toHaveLength(1001);
  });
});

describe('the cause', () => {
  it.each([
    [
      'buildx',
      ['#6 ERROR: process failed', '------', 'ERROR: failed to build: exit code: 3'],
      'failed to build: exit code: 3',
    ],
    [
      'buildah',
      ['STEP 2/2: RUN false', 'Error: building at STEP "RUN false": exit status 1', 'ERRO[0000] exit 1'],
      'building at STEP "RUN false": exit status 1',
    ],
    [
      'docker',
      ['Step 2/2 : RUN false', "The command 'false' returned a non-zero code: 1"],
      "The command 'false' returned a non-zero code: 1",
    ],
    ['something that says nothing', [], ''],
  ])('of %s is the line that calls itself an error, else the last one', (_, lines, cause) => {
    expect(causeIn(lines)).toBe(cause);
  });
});
