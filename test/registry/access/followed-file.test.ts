/** A followed file beside those who write it. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followFile } from '../../../registry/access/followed-file.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  path = join(directory, 'rules');
  await replace('first');
});

afterEach(() => rm(directory, { recursive: true }));

async function replace(text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

test('a change that comes while an earlier one is read holds for whoever asks after it', async () => {
  const loaded: string[] = [];
  const reading = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  const followed = await followFile({
    path,
    async read() {
      const text = await readFile(path, 'utf8');
      if (text !== 'second') return text;
      reading.resolve();
      await written.promise;
      return text;
    },
    onLoaded: (text) => loaded.push(text),
    onRefused: () => expect.unreachable(),
  });
  await replace('second');
  const before = followed.current();
  await reading.promise;
  await replace('third');
  const after = Promise.all([followed.current(), followed.current()]);
  written.resolve();
  expect(await before).toBe('second');
  expect(await after).toEqual(['third', 'third']);
  expect(loaded).toEqual(['second', 'third']);
});
