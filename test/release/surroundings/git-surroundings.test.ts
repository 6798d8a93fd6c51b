import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findSurroundings } from '../../../release/surroundings/find-surroundings.ts';
import { gitSurroundings } from '../../../release/surroundings/git-surroundings.ts';
import { type RunGit, readCommitTime } from '../../../release/surroundings/run-git.ts';
import { githubEnv, headCommit, headCommittedAt, readEvent } from './event-fixture.ts';

const run = promisify(execFile);
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'git-surroundings-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const git: RunGit = async (args) => {
  const env = {
    PATH: process.env['PATH'],
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_SYSTEM: devNull,
    GIT_CEILING_DIRECTORIES: tmpdir(),
    GIT_AUTHOR_NAME: 'acme',
    GIT_AUTHOR_EMAIL: 'acme@example.com',
    GIT_COMMITTER_NAME: 'acme',
    GIT_COMMITTER_EMAIL: 'acme@example.com',
    GIT_COMMITTER_DATE: '2026-11-29T18:30:05+0100',
    GIT_AUTHOR_DATE: '2026-11-01T00:00:00+0000',
  };
  return await run('git', [...args], { cwd: directory, env }).then(
    ({ stdout }) => stdout.trimEnd(),
    () => undefined,
  );
};

/** Runs each line of words. */
async function gitAll(...lines: readonly string[]): Promise<void> {
  for (const line of lines) expect(await git(line.split(' ')), line).toBeDefined();
}

const withCommit = ['init --initial-branch=main', 'commit --allow-empty --message=one'];
const nothing: RunGit = async () => undefined;
const now = Date.UTC(2026, 10, 30);

describe('git', () => {
  test('tells commit, time, source and branch', async () => {
    await gitAll(...withCommit, 'remote add origin git@github.com:acme/app.git');
    expect(await gitSurroundings(git)).toEqual({
      system: 'git',
      commit: await git(['rev-parse', 'HEAD']),
      source: 'https://github.com/acme/app',
      committedAt: headCommittedAt,
      ref: { kind: 'branch', name: 'main', isDefault: false },
      isForeign: false,
      runUrl: undefined,
      actor: undefined,
      ownRegistry: undefined,
    });
  });

  test.each([
    [
      'the branch of a clone, which knows the default one',
      ['update-ref refs/remotes/origin/main HEAD', 'symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main'],
      { kind: 'branch', name: 'main', isDefault: true },
    ],
    ['the tag of the commit', ['tag v1.2.3'], { kind: 'tag', name: 'v1.2.3' }],
    ['the highest of several tags', ['tag v1.9.0', 'tag v1.10.0', 'tag v1.2.3'], { kind: 'tag', name: 'v1.10.0' }],
    ['a version, not its candidate', ['tag v1.2.3', 'tag v1.2.3-rc.10'], { kind: 'tag', name: 'v1.2.3' }],
    ['a version, not a word', ['tag zebra', 'tag v1.2.3'], { kind: 'tag', name: 'v1.2.3' }],
    [
      'the highest version of several components',
      ['tag web-v1.9.0', 'tag api-v1.10.0'],
      { kind: 'tag', name: 'api-v1.10.0' },
    ],
    ['the last of several words', ['tag spring', 'tag autumn'], { kind: 'tag', name: 'spring' }],
    ['a tag with a message', ['tag --message=one v1.2.3'], { kind: 'tag', name: 'v1.2.3' }],
    [
      'the branch when the tag is of another commit',
      ['tag v1.2.3', 'commit --allow-empty --message=two'],
      { kind: 'branch', name: 'main', isDefault: false },
    ],
    ['no name for a commit that has none', ['checkout --detach'], { kind: 'none' }],
  ])('tells %s', async (_what, lines, ref) => {
    await gitAll(...withCommit, ...lines);
    expect((await gitSurroundings(git)).ref).toEqual(ref);
  });

  test('tells nothing where there is no repository, and no commit in an empty one', async () => {
    const empty = { commit: undefined, committedAt: undefined, ref: { kind: 'none' } };
    expect(await gitSurroundings(git)).toMatchObject(empty);
    await gitAll('init');
    expect(await gitSurroundings(git)).toMatchObject(empty);
  });

  test('tells the time of a commit, also by its tag, and of no other object', async () => {
    await gitAll(...withCommit, 'tag --message=one v1.2.3');
    expect(await readCommitTime(git, 'v1.2.3')).toBe(headCommittedAt);
    expect(await readCommitTime(git, headCommit)).toBeUndefined();
  });
});

describe('the surroundings', () => {
  test.each([
    ['github', { GITHUB_ACTIONS: 'true' }],
    ['github', { GITEA_ACTIONS: 'true' }],
    ['gitlab', { GITLAB_CI: 'true' }],
    ['jenkins', { JENKINS_URL: 'https://ci.example.com/' }],
    ['buildkite', { BUILDKITE: 'true' }],
    ['circleci', { CIRCLECI: 'true' }],
    ['git', { CI: 'true', GITHUB_ACTIONS: '' }],
  ])('are those of %s when the environment has %o', async (system, env) => {
    expect((await findSurroundings({ env, runGit: nothing, now })).system).toBe(system);
  });

  test('have the time of the event, and that of git when the event tells none', async () => {
    await gitAll(...withCommit);
    const commit = (await git(['rev-parse', 'HEAD'])) ?? '';
    const env = { ...githubEnv, GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/main', GITHUB_SHA: commit };
    const told = await findSurroundings({ env, event: readEvent('push-branch'), runGit: git, now });
    expect([told.commit, told.committedAt]).toEqual([headCommit, headCommittedAt]);
    const dispatched = { ...env, GITHUB_EVENT_NAME: 'workflow_dispatch' };
    const found = await findSurroundings({ env: dispatched, event: readEvent('workflow-dispatch'), runGit: git, now });
    expect([found.commit, found.committedAt]).toEqual([commit, headCommittedAt]);
  });

  test('have the commit that is checked out when the event tells none', async () => {
    await gitAll(...withCommit);
    const env = { ...githubEnv, GITHUB_EVENT_NAME: 'issue_comment', GITHUB_REF: 'refs/heads/main' };
    const found = await findSurroundings({ env, event: readEvent('issue-comment-pull-request'), runGit: git, now });
    expect([found.commit, found.committedAt]).toEqual([await git(['rev-parse', 'HEAD']), headCommittedAt]);
  });

  test('go without a time when nobody knows it', async () => {
    const env = { ...githubEnv, GITHUB_EVENT_NAME: 'workflow_dispatch', GITHUB_REF: 'refs/heads/main' };
    const found = await findSurroundings({ env, event: readEvent('workflow-dispatch'), runGit: nothing, now });
    expect([found.commit, found.committedAt]).toEqual([headCommit, undefined]);
  });
});
