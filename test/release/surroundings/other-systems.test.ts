import { describe, expect, test } from 'vitest';
import { buildkiteSurroundings } from '../../../release/surroundings/buildkite-surroundings.ts';
import { circleciSurroundings } from '../../../release/surroundings/circleci-surroundings.ts';
import { gitlabSurroundings } from '../../../release/surroundings/gitlab-surroundings.ts';
import { jenkinsSurroundings } from '../../../release/surroundings/jenkins-surroundings.ts';
import { plainSource } from '../../../release/surroundings/source-address.ts';
import type { Surroundings } from '../../../release/surroundings/surroundings.ts';
import { headCommit, headCommittedAt, mergeCommit } from './event-fixture.ts';

const now = Date.UTC(2026, 10, 30, 4, 30);

interface Case {
  readonly of: string;
  readonly env: Readonly<Record<string, string>>;
  readonly expected: Partial<Surroundings>;
}

function expectCase(read: (env: Readonly<Record<string, string>>) => Surroundings, { env, expected }: Case): void {
  expect(read(env)).toMatchObject(expected);
}

const gitlab = {
  GITLAB_CI: 'true',
  CI_COMMIT_SHA: headCommit,
  CI_COMMIT_TIMESTAMP: '2026-11-29T18:30:05+01:00',
  CI_DEFAULT_BRANCH: 'main',
  CI_PROJECT_URL: 'https://gitlab.example.com/acme/app',
  CI_PROJECT_PATH: 'acme/app',
  CI_PIPELINE_URL: 'https://gitlab.example.com/acme/app/-/pipelines/77',
  CI_PIPELINE_SOURCE: 'push',
  CI_PIPELINE_CREATED_AT: '2026-11-29T17:31:00Z',
  CI_REGISTRY: 'registry.gitlab.example.com',
  GITLAB_USER_LOGIN: 'octo-org',
};
const mergeRequest = {
  ...gitlab,
  CI_PIPELINE_SOURCE: 'merge_request_event',
  CI_MERGE_REQUEST_IID: '12',
  CI_MERGE_REQUEST_PROJECT_PATH: 'acme/app',
  CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: 'acme/app',
};

describe('surroundings of GitLab', () => {
  test.each<Case>([
    {
      of: 'a branch',
      env: { ...gitlab, CI_COMMIT_BRANCH: 'main' },
      expected: {
        system: 'gitlab',
        commit: headCommit,
        committedAt: headCommittedAt,
        source: 'https://gitlab.example.com/acme/app',
        ref: { kind: 'branch', name: 'main', isDefault: true },
        isForeign: false,
        runUrl: 'https://gitlab.example.com/acme/app/-/pipelines/77',
        actor: 'octo-org',
        ownRegistry: { registry: 'registry.gitlab.example.com', username: 'gitlab-ci-token' },
      },
    },
    {
      of: 'another branch',
      env: { ...gitlab, CI_COMMIT_BRANCH: 'fix', CI_COMMIT_TAG: '' },
      expected: { ref: { kind: 'branch', name: 'fix', isDefault: false } },
    },
    { of: 'a tag', env: { ...gitlab, CI_COMMIT_TAG: 'v1.2.3' }, expected: { ref: { kind: 'tag', name: 'v1.2.3' } } },
    {
      of: 'a merge request',
      env: mergeRequest,
      expected: { ref: { kind: 'pull-request', number: 12 }, commit: headCommit, isForeign: false },
    },
    {
      of: 'a merge request whose merged result is tested',
      env: { ...mergeRequest, CI_COMMIT_SHA: mergeCommit, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: headCommit },
      expected: { commit: headCommit, committedAt: undefined },
    },
    {
      of: 'a merge request of a fork',
      env: { ...mergeRequest, CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: 'octo-fork/app' },
      expected: { isForeign: true },
    },
    {
      of: 'a pull request of another system, from a fork',
      env: {
        ...gitlab,
        CI_EXTERNAL_PULL_REQUEST_IID: '12',
        CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY: 'octo-fork/app',
        CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY: 'acme/app',
      },
      expected: { ref: { kind: 'pull-request', number: 12 }, isForeign: true },
    },
    {
      of: 'a schedule',
      env: { ...gitlab, CI_COMMIT_BRANCH: 'main', CI_PIPELINE_SOURCE: 'schedule' },
      expected: { ref: { kind: 'schedule', branch: 'main', at: Date.UTC(2026, 10, 29, 17, 31) } },
    },
    { of: 'nothing', env: {}, expected: { ref: { kind: 'none' }, commit: undefined, isForeign: false } },
  ])('tell $of', (one) => {
    expectCase((env) => gitlabSurroundings(env, now), one);
  });
});

const jenkins = {
  JENKINS_URL: 'https://ci.example.com/',
  GIT_COMMIT: headCommit,
  GIT_URL: 'https://ci:secret@git.example.com/acme/app.git',
  BUILD_URL: 'https://ci.example.com/job/app/job/main/77/',
};

describe('surroundings of Jenkins', () => {
  test.each<Case>([
    {
      of: 'a branch of a multibranch project',
      env: { ...jenkins, BRANCH_NAME: 'main', BRANCH_IS_PRIMARY: 'true' },
      expected: {
        system: 'jenkins',
        commit: headCommit,
        source: 'https://git.example.com/acme/app',
        ref: { kind: 'branch', name: 'main', isDefault: true },
        runUrl: 'https://ci.example.com/job/app/job/main/77/',
        isForeign: false,
      },
    },
    {
      of: 'a tag of a multibranch project',
      env: { ...jenkins, BRANCH_NAME: 'v1.2.3', TAG_NAME: 'v1.2.3' },
      expected: { ref: { kind: 'tag', name: 'v1.2.3' } },
    },
    {
      of: 'a pull request',
      env: { ...jenkins, BRANCH_NAME: 'PR-12', CHANGE_ID: '12', CHANGE_AUTHOR: 'octo-org' },
      expected: { ref: { kind: 'pull-request', number: 12 }, isForeign: false, actor: 'octo-org' },
    },
    {
      of: 'a pull request from a fork',
      env: { ...jenkins, BRANCH_NAME: 'PR-12', CHANGE_ID: '12', CHANGE_FORK: 'octo-fork' },
      expected: { isForeign: true },
    },
    {
      of: 'a change that has no number',
      env: { ...jenkins, BRANCH_NAME: 'x', CHANGE_ID: 'I1a2b' },
      expected: { ref: { kind: 'none' } },
    },
    {
      of: 'a project of one branch',
      env: { ...jenkins, GIT_BRANCH: 'origin/feature/search' },
      expected: { ref: { kind: 'branch', name: 'feature/search', isDefault: false } },
    },
    {
      of: 'a commit without a branch',
      env: { ...jenkins, GIT_BRANCH: 'detached' },
      expected: { ref: { kind: 'none' } },
    },
  ])('tell $of', (one) => {
    expectCase(jenkinsSurroundings, one);
  });
});

const buildkite = {
  BUILDKITE: 'true',
  BUILDKITE_COMMIT: headCommit,
  BUILDKITE_REPO: 'git@github.com:acme/app.git',
  BUILDKITE_PIPELINE_DEFAULT_BRANCH: 'main',
  BUILDKITE_BRANCH: 'main',
  BUILDKITE_PULL_REQUEST: 'false',
  BUILDKITE_TAG: '',
};

describe('surroundings of Buildkite', () => {
  test.each<Case>([
    {
      of: 'a branch',
      env: buildkite,
      expected: {
        commit: headCommit,
        source: 'https://github.com/acme/app',
        ref: { kind: 'branch', name: 'main', isDefault: true },
        isForeign: false,
      },
    },
    { of: 'a tag', env: { ...buildkite, BUILDKITE_TAG: 'v1.2.3' }, expected: { ref: { kind: 'tag', name: 'v1.2.3' } } },
    {
      of: 'a pull request from a fork',
      env: {
        ...buildkite,
        BUILDKITE_PULL_REQUEST: '12',
        BUILDKITE_PULL_REQUEST_REPO: 'https://github.com/octo-fork/app.git',
      },
      expected: { ref: { kind: 'pull-request', number: 12 }, isForeign: true },
    },
    {
      of: 'a pull request of its own',
      env: { ...buildkite, BUILDKITE_PULL_REQUEST: '12', BUILDKITE_PULL_REQUEST_REPO: 'https://github.com/acme/app' },
      expected: { isForeign: false },
    },
    {
      of: 'a schedule',
      env: { ...buildkite, BUILDKITE_SOURCE: 'schedule' },
      expected: { ref: { kind: 'schedule', branch: 'main', at: now } },
    },
    {
      of: 'a commit that is not resolved',
      env: { ...buildkite, BUILDKITE_COMMIT: 'HEAD' },
      expected: { commit: undefined },
    },
  ])('tell $of', (one) => {
    expectCase((env) => buildkiteSurroundings(env, now), one);
  });
});

const circleci = { CIRCLECI: 'true', CIRCLE_SHA1: headCommit, CIRCLE_REPOSITORY_URL: 'git@github.com:acme/app.git' };

describe('surroundings of CircleCI', () => {
  test.each<Case>([
    {
      of: 'a branch',
      env: { ...circleci, CIRCLE_BRANCH: 'main' },
      expected: { commit: headCommit, ref: { kind: 'branch', name: 'main', isDefault: false }, isForeign: false },
    },
    { of: 'a tag', env: { ...circleci, CIRCLE_TAG: 'v1.2.3' }, expected: { ref: { kind: 'tag', name: 'v1.2.3' } } },
    {
      of: 'a pull request',
      env: { ...circleci, CIRCLE_BRANCH: 'fix', CIRCLE_PULL_REQUEST: 'https://github.com/acme/app/pull/12' },
      expected: { ref: { kind: 'pull-request', number: 12 }, isForeign: false },
    },
    {
      of: 'a pull request from a fork',
      env: { ...circleci, CIRCLE_BRANCH: 'pull/12', CIRCLE_PR_NUMBER: '12', CIRCLE_PR_USERNAME: 'octo-fork' },
      expected: { ref: { kind: 'pull-request', number: 12 }, isForeign: true },
    },
  ])('tell $of', (one) => {
    expectCase(circleciSurroundings, one);
  });
});

describe('the address of a source', () => {
  test.each([
    ['https://github.com/acme/app.git', 'https://github.com/acme/app'],
    ['https://user:token@github.com/acme/app', 'https://github.com/acme/app'],
    ['git@github.com:acme/app.git', 'https://github.com/acme/app'],
    ['github.com:acme/app', 'https://github.com/acme/app'],
    ['ssh://git@git.example.com:2222/acme/app.git', 'https://git.example.com/acme/app'],
    ['git@git.example.com:/acme/app.git', 'https://git.example.com/acme/app'],
    ['http://localhost:3000/acme/app/', 'http://localhost:3000/acme/app'],
    ['git://git.example.com/app.git', 'https://git.example.com/app'],
  ])('%s is %s', (written, source) => {
    expect(plainSource(written)).toBe(source);
  });

  test.each([undefined, '', '/srv/git/app.git', '../app', 'file:///srv/app', 'C:\\git\\app', 'C:/git/app'])(
    '%j is none',
    (written) => {
      expect(plainSource(written)).toBeUndefined();
    },
  );
});
