import { describe, expect, test } from 'vitest';
import type { SourceRef } from '../../../core/source-ref.ts';
import { readGithubComment } from '../../../release/surroundings/github-comment.ts';
import { githubSurroundings } from '../../../release/surroundings/github-surroundings.ts';
import { baseCommit, githubEnv, headCommit, headCommittedAt, mergeCommit, readEvent } from './event-fixture.ts';

const now = Date.UTC(2026, 10, 30, 4, 30);
const main: SourceRef = { kind: 'branch', name: 'main', isDefault: true };
const release: SourceRef = { kind: 'tag', name: 'v1.2.3' };
const request: SourceRef = { kind: 'pull-request', number: 12 };

interface Case {
  readonly event: string;
  readonly payload: string;
  readonly ref: string;
  /** GITHUB_SHA, where it is not the commit. */
  readonly sha?: string;
  readonly expected: {
    readonly ref: SourceRef;
    readonly commit?: string | undefined;
    readonly committedAt?: number;
    readonly isForeign?: true;
  };
}

const merged = { ref: 'refs/pull/12/merge', sha: mergeCommit };
const known = { committedAt: headCommittedAt };

describe('surroundings', () => {
  test.each<Case>([
    { event: 'push', payload: 'push-branch', ref: 'refs/heads/main', expected: { ref: main, ...known } },
    { event: 'push', payload: 'push-tag', ref: 'refs/tags/v1.2.3', expected: { ref: release, ...known } },
    { event: 'push', payload: 'push-tag-annotated', ref: 'refs/tags/v1.2.3', expected: { ref: release, ...known } },
    { event: 'pull_request', payload: 'pull-request', ...merged, expected: { ref: request } },
    { event: 'pull_request', payload: 'pull-request-fork', ...merged, expected: { ref: request, isForeign: true } },
    {
      event: 'pull_request',
      payload: 'pull-request-fork-deleted',
      ...merged,
      expected: { ref: request, isForeign: true },
    },
    {
      event: 'pull_request_target',
      payload: 'pull-request-fork',
      ref: 'refs/heads/main',
      sha: baseCommit,
      expected: { ref: request, isForeign: true },
    },
    { event: 'pull_request_review', payload: 'pull-request', ...merged, expected: { ref: request } },
    { event: 'release', payload: 'release-published', ref: 'refs/tags/v1.2.3', expected: { ref: release } },
    {
      event: 'schedule',
      payload: 'schedule',
      ref: 'refs/heads/main',
      expected: { ref: { kind: 'schedule', branch: 'main', at: now } },
    },
    { event: 'workflow_dispatch', payload: 'workflow-dispatch', ref: 'refs/heads/main', expected: { ref: main } },
    {
      event: 'workflow_dispatch',
      payload: 'workflow-dispatch',
      ref: 'refs/heads/feature/search',
      expected: { ref: { kind: 'branch', name: 'feature/search', isDefault: false } },
    },
    { event: 'workflow_dispatch', payload: 'workflow-dispatch', ref: 'refs/tags/v1.2.3', expected: { ref: release } },
    {
      event: 'workflow_run',
      payload: 'workflow-run-push',
      ref: 'refs/heads/main',
      sha: baseCommit,
      expected: { ref: main, ...known },
    },
    {
      event: 'workflow_run',
      payload: 'workflow-run-release',
      ref: 'refs/heads/main',
      sha: baseCommit,
      expected: { ref: release, ...known },
    },
    {
      event: 'workflow_run',
      payload: 'workflow-run-pull-request',
      ref: 'refs/heads/main',
      sha: baseCommit,
      expected: { ref: request, ...known },
    },
    {
      event: 'workflow_run',
      payload: 'workflow-run-fork',
      ref: 'refs/heads/main',
      sha: baseCommit,
      expected: { ref: { kind: 'none' }, ...known, isForeign: true },
    },
    {
      event: 'merge_group',
      payload: 'merge-group',
      ref: `refs/heads/gh-readonly-queue/main/pr-12-${baseCommit}`,
      expected: { ref: { kind: 'none' }, ...known },
    },
    {
      event: 'issue_comment',
      payload: 'issue-comment-pull-request',
      ref: 'refs/heads/main',
      sha: baseCommit,
      expected: { ref: request, commit: undefined },
    },
    { event: 'issue_comment', payload: 'issue-comment-issue', ref: 'refs/heads/main', expected: { ref: main } },
    {
      event: 'issue_comment',
      payload: 'issue-comment-stranger',
      ref: 'refs/heads/main',
      expected: { ref: request, commit: undefined, isForeign: true },
    },
  ])('of $event ($payload, $ref) have its ref, commit and asker', ({ event, payload, ref, sha, expected }) => {
    const env = {
      ...githubEnv,
      GITHUB_EVENT_NAME: event,
      GITHUB_REF: ref,
      ...(sha === undefined ? {} : { GITHUB_SHA: sha }),
    };
    const around = githubSurroundings(env, readEvent(payload), now);
    expect({
      ref: around.ref,
      commit: around.commit,
      committedAt: around.committedAt,
      isForeign: around.isForeign,
    }).toEqual({ commit: headCommit, committedAt: undefined, isForeign: false, ...expected });
  });

  test('name the place for people, and the registry that the token opens', () => {
    const env = { ...githubEnv, GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/main' };
    expect(githubSurroundings(env, readEvent('push-branch'), now)).toMatchObject({
      system: 'github',
      source: 'https://github.com/acme/app',
      runUrl: 'https://github.com/acme/app/actions/runs/123456',
      actor: 'octo-org',
      ownRegistry: { registry: 'ghcr.io', username: 'octo-org' },
    });
  });

  test.each([
    ['a GitHub server', 'https://github.example.com', {}, 'containers.github.example.com', '123456'],
    ['a GitHub with data residency', 'https://acme.ghe.com', {}, 'containers.acme.ghe.com', '123456'],
    ['Forgejo', 'https://git.example.com', { FORGEJO_ACTIONS: 'true', GITEA_ACTIONS: 'true' }, 'git.example.com', '42'],
    ['Gitea on a port', 'http://localhost:3000/', { GITEA_ACTIONS: 'true' }, 'localhost:3000', '42'],
  ])('of %s name that server, and no registry of another', (_of, server, more, registry, run) => {
    const env = {
      ...githubEnv,
      ...more,
      GITHUB_SERVER_URL: server,
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/heads/main',
    };
    const around = githubSurroundings(env, readEvent('push-forgejo'), now);
    const address = `${server.replace(/\/$/, '')}/acme/app`;
    expect(around).toMatchObject({ commit: headCommit, ...known, ref: main, source: address });
    expect(around.runUrl).toBe(`${address}/actions/runs/${run}`);
    expect(around.ownRegistry).toEqual({ registry, username: 'octo-org' });
  });

  test('of a run that Dependabot causes are those of a stranger', () => {
    const env = { ...githubEnv, GITHUB_ACTOR: 'dependabot[bot]', GITHUB_EVENT_NAME: 'pull_request', ...merged };
    expect(githubSurroundings(env, readEvent('pull-request-dependabot'), now).isForeign).toBe(true);
    const unsaid = { ...env, GITHUB_ACTOR: '' };
    expect(githubSurroundings(unsaid, readEvent('pull-request-dependabot'), now).isForeign).toBe(true);
  });

  test('of a deleted branch have the commit that the run is on', () => {
    const env = { ...githubEnv, GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/main', GITHUB_SHA: baseCommit };
    expect(githubSurroundings(env, readEvent('push-branch-deleted'), now).commit).toBe(baseCommit);
  });

  test.each([undefined, null, [], 'text', { pull_request: 'text' }, { repository: { default_branch: 1 } }])(
    'are what the environment tells when the payload is %j',
    (event) => {
      const env = { ...githubEnv, GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/main' };
      const around = githubSurroundings(env, event, now);
      expect(['branch', 'none']).toContain(around.ref.kind);
      expect(around.source).toBe('https://github.com/acme/app');
    },
  );

  test('are empty when nothing is set', () => {
    expect(githubSurroundings({}, undefined, now)).toMatchObject({
      commit: undefined,
      source: undefined,
      ref: { kind: 'none' },
      runUrl: undefined,
    });
  });
});

describe('a comment', () => {
  test('is read with its author and place', () => {
    expect(readGithubComment(readEvent('issue-comment-pull-request'))).toEqual({
      id: 7200,
      body: '/promote web staging',
      author: 'octo-org',
      association: 'MEMBER',
      number: 12,
      isOnPullRequest: true,
      url: 'https://github.com/acme/app/pull/12#issuecomment-7200',
    });
    expect(readGithubComment(readEvent('issue-comment-issue'))?.isOnPullRequest).toBe(false);
  });

  test.each(['issue-comment-deleted', 'push-branch'])('is none in %s', (name) => {
    expect(readGithubComment(readEvent(name))).toBeUndefined();
  });
});
