/** What is built, and what its files are called. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isLocalContext,
  nameSourceFile,
  openBuildContext,
} from '../../../../release/builders/request/build-context.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { openTestDirectory, type TestDirectory } from '../test-directory.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory({ 'app/Dockerfile': 'FROM scratch', 'docker/web.Dockerfile': 'FROM scratch' });
});
afterEach(() => directory.close());

describe('a context', () => {
  it.each([
    ['.', true],
    ['sub/dir', true],
    ['C:\\work', true],
    ['https://example.com/team/app.git#v1', false],
    ['git@example.com:team/app.git', false],
    ['ssh://example.com/app', false],
    ['github.com/team/app', false],
  ])('%s is on this machine: %s', (context, isLocal) => {
    expect(isLocalContext(context)).toBe(isLocal);
  });

  it('and its file are read from the working directory', async () => {
    const request = { context: 'app', file: 'docker/web.Dockerfile' };
    expect(await openBuildContext(request, { cwd: directory.path })).toEqual({
      place: join(directory.path, 'app'),
      file: join(directory.path, 'docker/web.Dockerfile'),
      isLocal: true,
    });
  });

  it('somewhere else has its file there', async () => {
    const request = { context: 'https://example.com/app.git', file: 'sub/Dockerfile' };
    const opened = { place: request.context, file: request.file, isLocal: false };
    expect(await openBuildContext(request, { cwd: directory.path })).toEqual(opened);
  });

  it.each([
    { context: 'not-there', file: undefined },
    { context: 'app/Dockerfile', file: undefined },
    { context: 'app', file: 'web.Dockerfile' },
  ])('that is not there is refused: %o', async (request) => {
    expect(await codeOf(() => openBuildContext(request, { cwd: directory.path }))).toBe('BUILD_INPUT_INVALID');
  });
});

describe('a file that a warning names', () => {
  const cwd = '/repo';
  it.each([
    ['of the context', { place: '/repo/app', file: undefined, isLocal: true }, 'Dockerfile', 'app/Dockerfile'],
    [
      'that was named',
      { place: '/repo/app', file: '/repo/docker/web.Dockerfile', isLocal: true },
      'web.Dockerfile',
      'docker/web.Dockerfile',
    ],
    [
      'outside of the working directory',
      { place: '/else', file: undefined, isLocal: true },
      'Dockerfile',
      '/else/Dockerfile',
    ],
    [
      'of an address',
      { place: 'https://example.com/app.git', file: undefined, isLocal: false },
      'Dockerfile',
      'Dockerfile',
    ],
  ])('%s is called by its path', (_, context, name, path) => {
    expect(nameSourceFile(name, context, cwd)).toBe(path);
  });
});
