/** What a runner of GitLab CI knows of the source. */
import type { SourceRef } from '../../core/source-ref.ts';
import { type Environment, firstSet, readCommit, readNumber, readTime } from './environment.ts';
import { plainSource } from './source-address.ts';
import type { Surroundings } from './surroundings.ts';

/** By the predefined variables. The commit of a merge request is its head, also where its merged result is tested. */
export function gitlabSurroundings(env: Environment, now: number): Surroundings {
  const head = readCommit(firstSet(env, 'CI_MERGE_REQUEST_SOURCE_BRANCH_SHA'));
  const registry = firstSet(env, 'CI_REGISTRY');
  return {
    system: 'gitlab',
    commit: head ?? readCommit(firstSet(env, 'CI_COMMIT_SHA')),
    source: plainSource(firstSet(env, 'CI_PROJECT_URL')),
    committedAt: head === undefined ? readTime(firstSet(env, 'CI_COMMIT_TIMESTAMP')) : undefined,
    ref: readRef(env, now),
    isForeign: isFromFork(env),
    runUrl: firstSet(env, 'CI_PIPELINE_URL', 'CI_JOB_URL'),
    actor: firstSet(env, 'GITLAB_USER_LOGIN'),
    ownRegistry: registry === undefined ? undefined : { registry, username: 'gitlab-ci-token' },
  };
}

function readRef(env: Environment, now: number): SourceRef {
  const request = readNumber(firstSet(env, 'CI_MERGE_REQUEST_IID', 'CI_EXTERNAL_PULL_REQUEST_IID'));
  if (request !== undefined) return { kind: 'pull-request', number: request };
  const tag = firstSet(env, 'CI_COMMIT_TAG');
  if (tag !== undefined) return { kind: 'tag', name: tag };
  const name = firstSet(env, 'CI_COMMIT_BRANCH');
  if (name === undefined) return { kind: 'none' };
  if (firstSet(env, 'CI_PIPELINE_SOURCE') === 'schedule')
    return { kind: 'schedule', branch: name, at: readTime(firstSet(env, 'CI_PIPELINE_CREATED_AT')) ?? now };
  return { kind: 'branch', name, isDefault: name === firstSet(env, 'CI_DEFAULT_BRANCH') };
}

function isFromFork(env: Environment): boolean {
  const source = firstSet(env, 'CI_MERGE_REQUEST_SOURCE_PROJECT_PATH', 'CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY');
  const home = firstSet(env, 'CI_MERGE_REQUEST_PROJECT_PATH', 'CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY');
  return source !== home;
}
