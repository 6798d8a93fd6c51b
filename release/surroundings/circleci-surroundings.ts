/** What a job of CircleCI knows of the source. */
import type { SourceRef } from '../../core/source-ref.ts';
import { type Environment, firstSet, readCommit, readNumber } from './environment.ts';
import { plainSource } from './source-address.ts';
import type { Surroundings } from './surroundings.ts';

/** By its variables, which do not tell which branch is the default one. */
export function circleciSurroundings(env: Environment): Surroundings {
  return {
    system: 'circleci',
    commit: readCommit(firstSet(env, 'CIRCLE_SHA1')),
    source: plainSource(firstSet(env, 'CIRCLE_REPOSITORY_URL')),
    committedAt: undefined,
    ref: readRef(env),
    isForeign: firstSet(env, 'CIRCLE_PR_NUMBER', 'CIRCLE_PR_REPONAME', 'CIRCLE_PR_USERNAME') !== undefined,
    runUrl: firstSet(env, 'CIRCLE_BUILD_URL'),
    actor: firstSet(env, 'CIRCLE_USERNAME'),
    ownRegistry: undefined,
  };
}

function readRef(env: Environment): SourceRef {
  const url = firstSet(env, 'CIRCLE_PULL_REQUEST') ?? '';
  const number = readNumber(firstSet(env, 'CIRCLE_PR_NUMBER') ?? url.slice(url.lastIndexOf('/') + 1));
  if (number !== undefined) return { kind: 'pull-request', number };
  const tag = firstSet(env, 'CIRCLE_TAG');
  if (tag !== undefined) return { kind: 'tag', name: tag };
  const name = firstSet(env, 'CIRCLE_BRANCH');
  return name === undefined ? { kind: 'none' } : { kind: 'branch', name, isDefault: false };
}
