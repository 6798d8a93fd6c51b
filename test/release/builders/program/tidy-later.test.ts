/** Whether a build waits for what is tidied up behind it. */
import { describe, expect, it } from 'vitest';
import { tidyLater } from '../../../../release/builders/program/tidy-later.ts';

describe('tidying up behind a build', () => {
  it('is waited for where nobody takes it for later', async () => {
    let isTidy = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const leaving = tidyLater(promise, {}).then(() => isTidy);
    isTidy = true;
    resolve();
    expect(await leaving).toBe(true);
  });

  it('is left to whoever takes it, and may still be going on', async () => {
    const taken: Promise<void>[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    await tidyLater(promise, { later: (tidying) => taken.push(tidying) });
    expect(taken).toEqual([promise]);
    resolve();
  });
});
