/** What an agent of Buildkite knows of the source. */
import type { SourceRef } from '../../core/source-ref.ts';
import { type Environment, firstSet, readCommit, readNumber } from './environment.ts';
import { plainSource } from './source-address.ts';
import type { Surroundings } from './surroundings.ts';

/** By its variables. A commit that is called HEAD was not resolved yet when the build began: git knows it. */
export function buildkiteSurroundings(env: Environment, now: number): Surroundings {
  const source = plainSource(firstSet(env, 'BUILDKITE_REPO'));
  const changed = plainSource(firstSet(env, 'BUILDKITE_PULL_REQUEST_REPO'));
  return {
    system: 'buildkite',
    commit: readCommit(firstSet(env, 'BUILDKITE_COMMIT')),
    source,
    committedAt: undefined,
    ref: readRef(env, now),
    isForeign: changed !== undefined && changed !== source,
    runUrl: firstSet(env, 'BUILDKITE_BUILD_URL'),
    actor: firstSet(env, 'BUILDKITE_BUILD_CREATOR'),
    ownRegistry: undefined,
  };
}

function readRef(env: Environment, now: number): SourceRef {
  const number = readNumber(firstSet(env, 'BUILDKITE_PULL_REQUEST')); // `false` when there is none
  if (number !== undefined) return { kind: 'pull-request', number };
  const tag = firstSet(env, 'BUILDKITE_TAG');
  if (tag !== undefined) return { kind: 'tag', name: tag };
  const name = firstSet(env, 'BUILDKITE_BRANCH');
  if (name === undefined) return { kind: 'none' };
  if (firstSet(env, 'BUILDKITE_SOURCE') === 'schedule') return { kind: 'schedule', branch: name, at: now };
  return { kind: 'branch', name, isDefault: name === firstSet(env, 'BUILDKITE_PIPELINE_DEFAULT_BRANCH') };
}
