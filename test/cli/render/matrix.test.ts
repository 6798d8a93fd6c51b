/** The environment matrix as people see it. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderMatrix } from '../../../cli/render/matrix.ts';
import { busyMatrix, cell, matrixOf, sampleNow } from '../sample-views.ts';
import { lookOf } from '../test-shell.ts';

const quiet = matrixOf({
  web: [cell('dev'), cell('staging'), cell('production')],
  api: [cell('dev'), cell('staging'), cell('production')],
});

describe('the environment matrix', () => {
  const cases = [
    { name: 'is a grid where it fits 80 columns', matrix: busyMatrix, look: lookOf(), file: 'matrix-80' },
    {
      name: 'is one block for each app where the grid is too wide',
      matrix: busyMatrix,
      look: lookOf({ columns: 60 }),
      file: 'matrix-60',
    },
    {
      name: 'spells its signs in ASCII where the terminal has no more',
      matrix: busyMatrix,
      look: lookOf({ columns: 120, unicode: false }),
      file: 'matrix-120-ascii',
    },
    {
      name: 'paints states by how much they want attention',
      matrix: busyMatrix,
      look: lookOf({ columns: 120, colour: true }),
      file: 'matrix-120-colour',
    },
    {
      name: 'takes two lines for each app when nothing is unusual',
      matrix: quiet,
      look: lookOf({ columns: undefined }),
      file: 'matrix-quiet',
    },
  ];
  for (const { name, matrix, look, file } of cases) {
    it(name, async () => {
      await expectCase(renderMatrix(matrix, sampleNow, look), file, look.columns);
    });
  }

  it('replaces escape sequences in names, versions and reasons', () => {
    const hostile = matrixOf({
      'web\x1b[2J': [
        cell('dev', {
          version: '1.0.0\x1b]0;owned\x07',
          hold: { by: 'eve\u202E', reason: 'a\nb\x1b[31m', since: '2026-03-01T11:00:00Z' },
        }),
      ],
    });
    const text = renderMatrix(hostile, sampleNow, lookOf());
    for (const sign of ['\x1b', '\x07', '\u202E']) expect(text).not.toContain(sign);
    expect(text).toContain('a b\uFFFD[31m');
  });
});

async function expectCase(text: string, file: string, columns: number | undefined): Promise<void> {
  await expect(text).toMatchFileSnapshot(`../golden/${file}.txt`);
  const grid = stripVTControlCharacters(text).split('\n\n')[0]?.split('\n') ?? [];
  for (const line of grid) expect([...line].length).toBeLessThanOrEqual(columns ?? Number.POSITIVE_INFINITY);
}
