/** What Jenkins knows of the source. */
import type { SourceRef } from '../../core/source-ref.ts';
import { type Environment, firstSet, readCommit, readNumber } from './environment.ts';
import { plainSource } from './source-address.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * By the variables of multibranch projects, and of the git plugin in all others. A pull request that Jenkins merges for
 * its test has the merge as its commit: only git knows its head.
 */
export function jenkinsSurroundings(env: Environment): Surroundings {
  return {
    system: 'jenkins',
    commit: readCommit(firstSet(env, 'GIT_COMMIT')),
    source: plainSource(firstSet(env, 'GIT_URL', 'GIT_URL_1')),
    committedAt: undefined,
    ref: readRef(env),
    isForeign: firstSet(env, 'CHANGE_FORK') !== undefined,
    runUrl: firstSet(env, 'RUN_DISPLAY_URL', 'BUILD_URL'),
    actor: firstSet(env, 'BUILD_USER_ID', 'CHANGE_AUTHOR'),
    ownRegistry: undefined,
  };
}

function readRef(env: Environment): SourceRef {
  const change = firstSet(env, 'CHANGE_ID');
  if (change !== undefined) {
    const number = readNumber(change);
    return number === undefined ? { kind: 'none' } : { kind: 'pull-request', number };
  }
  const tag = firstSet(env, 'TAG_NAME');
  if (tag !== undefined) return { kind: 'tag', name: tag };
  const name = firstSet(env, 'BRANCH_NAME') ?? firstSet(env, 'GIT_BRANCH')?.replace(/^(?:refs\/heads\/|origin\/)/, '');
  if (name === undefined || name === 'detached') return { kind: 'none' };
  return { kind: 'branch', name, isDefault: firstSet(env, 'BRANCH_IS_PRIMARY') === 'true' };
}
