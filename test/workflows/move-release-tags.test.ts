/** The tags of this repository's own releases, on a real git repository: one version, one commit, and the ladder. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planReleaseTags, publishTags } from '../../scripts/move-release-tags.ts';
import { readText } from '../repository-files.ts';

describe('the tags of a version', () => {
  test.each([
    ['1.0.0', [], ['v1.0', 'v1'], [], true],
    ['2.0.0', ['v1.2.8', 'v1.2', 'v1'], ['v2.0', 'v2'], [], true],
    ['1.2.9', ['v1.2.8', 'v1.2', 'v1', 'v2.0.0', 'v2'], ['v1.2', 'v1'], [], false],
    ['1.2.9', ['v1.2.8', 'v1.3.0', 'v2.0.0'], ['v1.2'], [['v1', '1.3.0']], false],
    [
      '1.2.7',
      ['v1.2.8'],
      [],
      [
        ['v1.2', '1.2.8'],
        ['v1', '1.2.8'],
      ],
      false,
    ],
    ['0.1.0', [], ['v0.1'], [], true],
    ['1.3.0-rc.1', ['v1.2.8'], [], [], false],
    ['1.3.0', ['v1.3.0-rc.2', 'v1.2.8'], ['v1.3', 'v1'], [], true],
    ['1.2.3', ['1.9.0', 'v1.9', 'docs-v1.8.0', 'v1.02.9'], ['v1.2', 'v1'], [], true],
  ] as const)('%s beside %j are moved by the ladder', (version, there, move, hold, isLatest) => {
    const plan = planReleaseTags(version, there);
    expect(plan).toMatchObject({ exact: `v${version}`, move, isLatest });
    expect(plan.hold.map(({ tag, at }) => [tag, at])).toEqual(hold);
    expect(plan.isPrerelease).toBe(version.includes('-'));
  });

  test('that is none are not planned', () => {
    expect(() => planReleaseTags('1.2', [])).toThrow(expect.objectContaining({ code: 'VERSION_INVALID' }));
  });
});

describe('publishing to a repository', () => {
  let directory: string;
  let clone: string;

  const run = (cwd: string, ...words: readonly string[]): string => {
    const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@localhost', GIT_COMMITTER_NAME: 'a' };
    const env = { PATH: process.env['PATH'], HOME: directory, GIT_COMMITTER_EMAIL: 'a@localhost', ...identity };
    return execFileSync('git', words, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  };
  const git = (...words: readonly string[]) => run(clone, ...words);
  const commit = (subject: string) => {
    git('commit', '--allow-empty', '--quiet', '--message', subject);
    return git('rev-parse', 'HEAD');
  };
  const remoteTags = () =>
    Object.fromEntries(
      run(
        join(directory, 'remote'),
        'for-each-ref',
        '--format=%(refname:short) %(*objectname)%(objectname)',
        'refs/tags',
      )
        .split('\n')
        .map((line) => [line.split(' ')[0], line.split(' ')[1]?.slice(0, 40)]),
    );

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'release-tags-'));
    clone = join(directory, 'clone');
    run(directory, 'init', '--quiet', '--bare', 'remote');
    run(directory, 'init', '--quiet', '--initial-branch=main', 'clone');
    git('remote', 'add', 'origin', join(directory, 'remote'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('takes the exact tag and those that float, and a second run changes nothing', () => {
    const one = commit('one');
    publishTags('1.0.0', git);
    expect(remoteTags()).toEqual({ 'v1.0.0': one, 'v1.0': one, v1: one });
    expect(publishTags('1.0.0', git).move).toEqual(['v1.0', 'v1']);
    expect(remoteTags()).toEqual({ 'v1.0.0': one, 'v1.0': one, v1: one });
  });

  test('of a backport leaves the newer lines where they are', () => {
    const old = commit('old');
    publishTags('1.2.8', git);
    const newer = commit('newer');
    publishTags('1.3.0', git);
    const newest = commit('newest');
    publishTags('2.0.0', git);
    git('checkout', '--quiet', old);
    const backport = commit('backport');
    expect(publishTags('1.2.9', git)).toMatchObject({ isLatest: false, hold: [{ tag: 'v1', at: '1.3.0' }] });
    expect(remoteTags()).toEqual({
      ...{ 'v1.2.8': old, 'v1.2.9': backport, 'v1.2': backport, 'v1.3.0': newer, 'v1.3': newer, v1: newer },
      ...{ 'v2.0.0': newest, 'v2.0': newest, v2: newest },
    });
  });

  test('of a version that is published from another commit is refused, and nothing moves', () => {
    const one = commit('one');
    publishTags('1.0.0', git);
    commit('two');
    expect(() => publishTags('1.0.0', git)).toThrow(one);
    expect(remoteTags()).toEqual({ 'v1.0.0': one, 'v1.0': one, v1: one });
  });

  test('that the repository refuses is told with what git says', () => {
    commit('one');
    publishTags('1.0.0', git);
    commit('two');
    const hook = '#!/bin/sh\n! grep -q refs/tags/v1$\n';
    writeFileSync(join(directory, 'remote', 'hooks', 'pre-receive'), hook, { mode: 0o755 });
    expect(() => publishTags('1.1.0', git)).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ stderr: expect.stringContaining('pre-receive') }) }),
    );
    expect(Object.keys(remoteTags())).toEqual(['v1', 'v1.0', 'v1.0.0', 'v1.1.0']);
  });

  test('as a program takes the version from package.json, and tells the next step', () => {
    const one = commit('one');
    const script = join(import.meta.dirname, '../../scripts/move-release-tags.ts');
    const output = join(directory, 'output');
    const env = { PATH: process.env['PATH'], HOME: directory, GITHUB_OUTPUT: output };
    execFileSync(process.execPath, [script], { cwd: clone, env, stdio: 'pipe' });
    const { version } = JSON.parse(readText('package.json'));
    expect(remoteTags()).toMatchObject({ [`v${version}`]: one });
    expect(readFileSync(output, 'utf8')).toBe(`tag=v${version}\nlatest=true\nprerelease=false\n`);
  });

  test('knows the commit of a tag that has a message', () => {
    const one = commit('one');
    git('tag', '--annotate', '--message', 'first', 'v1.0.0');
    git('push', '--quiet', 'origin', 'v1.0.0');
    publishTags('1.0.0', git);
    expect(remoteTags()).toMatchObject({ 'v1.0.0': one, v1: one });
  });

  test('while a higher version is published leaves it what it has taken', () => {
    const one = commit('one');
    const two = git('commit-tree', '-p', one, '-m', 'two', `${one}^{tree}`);
    let isTold = false;
    const interrupted = (...words: readonly string[]): string => {
      if (words.includes('--atomic') && !isTold) {
        isTold = true;
        git('push', '--quiet', 'origin', ...['v1.1.0', 'v1.1', 'v1'].map((tag) => `${two}:refs/tags/${tag}`));
      }
      return git(...words);
    };
    expect(publishTags('1.0.0', interrupted)).toMatchObject({ move: ['v1.0'], hold: [{ tag: 'v1', at: '1.1.0' }] });
    expect(isTold).toBe(true);
    expect(remoteTags()).toEqual({ 'v1.0.0': one, 'v1.0': one, 'v1.1.0': two, 'v1.1': two, v1: two });
  });
});
