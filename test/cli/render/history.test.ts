/** The history of an environment as people see it. */
import { describe, expect, it } from 'vitest';
import { renderHistory } from '../../../cli/render/history.ts';
import { sampleHistory, sampleNow } from '../sample-views.ts';
import { lookOf } from '../test-shell.ts';

describe('the history', () => {
  const cases = [
    { name: 'puts each reason on a line of its own where 80 columns are too few', look: lookOf(), file: 'history-80' },
    { name: 'is one line for each release in a pipe', look: lookOf({ columns: undefined }), file: 'history-pipe' },
    {
      name: 'spells its signs in ASCII where the terminal has no more',
      look: lookOf({ unicode: false }),
      file: 'history-80-ascii',
    },
    { name: 'paints its marks', look: lookOf({ columns: 200, colour: true }), file: 'history-200-colour' },
  ];
  for (const { name, look, file } of cases) {
    it(name, async () => {
      await expect(renderHistory(sampleHistory, sampleNow, look)).toMatchFileSnapshot(`../golden/${file}.txt`);
    });
  }

  it('says that there are no releases yet', () => {
    const text = renderHistory({ app: 'web', environment: 'staging', entries: [] }, sampleNow, lookOf());
    expect(text).toBe('web in staging\n\nno releases yet\n');
  });
});
