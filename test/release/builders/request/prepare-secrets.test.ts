/** Secrets of a build: where they lie, who may read them, and when they are gone. */
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildSecret } from '../../../../release/builders/builder.ts';
import { prepareSecrets } from '../../../../release/builders/request/prepare-secrets.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { openTestDirectory, type TestDirectory } from '../test-directory.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory({ 'key.pem': 'the key\n', 'a,b': 'comma' });
});
afterEach(() => directory.close());

function prepare(...secrets: readonly BuildSecret[]) {
  const { path: cwd } = directory;
  return prepareSecrets(secrets, { cwd, scratch: join(cwd, 'scratch'), env: { TOKEN: 'from the environment' } });
}

const place = (mount: string | undefined) => mount?.split('src=')[1] ?? '';

describe('a secret', () => {
  it('given by value lies in a file of which its owner alone knows, exactly as it was given', async () => {
    const { mounts } = await prepare({ id: 'token', kind: 'value', value: 'line 1\nline 2' });
    const path = place(mounts[0]);
    expect(mounts).toEqual([`id=token,src=${path}`]);
    expect(await readFile(path, 'utf8')).toBe('line 1\nline 2');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });

  it('in the environment is named, not written', async () => {
    const { mounts } = await prepare({ id: 'token', kind: 'env', variable: 'TOKEN' });
    expect(mounts).toEqual(['id=token,env=TOKEN']);
  });

  it('in a file is read where it is, through a link where its path would be misread', async () => {
    const { mounts } = await prepare(
      { id: 'key', kind: 'file', path: 'key.pem' },
      { id: 'comma', kind: 'file', path: 'a,b' },
    );
    expect(place(mounts[0])).toBe(join(directory.path, 'key.pem'));
    expect(await readlink(place(mounts[1]))).toBe(join(directory.path, 'a,b'));
  });

  it('is taken out of what is said, wherever it comes from', async () => {
    const { redactor } = await prepare(
      { id: 'a', kind: 'value', value: 'by value' },
      { id: 'b', kind: 'env', variable: 'TOKEN' },
      { id: 'c', kind: 'file', path: 'key.pem' },
    );
    expect(redactor('by value, from the environment, the key')).toBe('***, ***, ***');
  });

  it('is gone when the build has ended', async () => {
    const secrets = await prepare({ id: 'token', kind: 'value', value: 'gone' });
    expect(await readdir(join(directory.path, 'scratch'))).toHaveLength(1);
    await secrets.close();
    expect(await readdir(join(directory.path, 'scratch'))).toEqual([]);
  });
});

describe('a secret is refused', () => {
  it.each<[string, BuildSecret[]]>([
    ['whose variable is not there', [{ id: 'a', kind: 'env', variable: 'NOT_THERE' }]],
    ['whose file is not there', [{ id: 'a', kind: 'file', path: 'not-there' }]],
    ['whose file is a directory', [{ id: 'a', kind: 'file', path: '.' }]],
    ['whose id would add a field', [{ id: 'a,src=/etc/shadow', kind: 'value', value: 'x' }]],
    [
      'that is given twice',
      [
        { id: 'a', kind: 'value', value: 'x' },
        { id: 'a', kind: 'env', variable: 'TOKEN' },
      ],
    ],
  ])('%s, and nothing of it is left', async (_, secrets) => {
    expect(await codeOf(() => prepare({ id: 'first', kind: 'value', value: 'y' }, ...secrets))).toBe(
      'BUILD_INPUT_INVALID',
    );
    expect(await readdir(join(directory.path, 'scratch'))).toEqual([]);
  });
});
