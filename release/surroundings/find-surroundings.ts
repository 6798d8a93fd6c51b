/** Finds out where a release runs. */
import { buildkiteSurroundings } from './buildkite-surroundings.ts';
import { circleciSurroundings } from './circleci-surroundings.ts';
import { type Environment, firstSet, readCommit } from './environment.ts';
import { gitSurroundings } from './git-surroundings.ts';
import { githubSurroundings } from './github-surroundings.ts';
import { gitlabSurroundings } from './gitlab-surroundings.ts';
import { jenkinsSurroundings } from './jenkins-surroundings.ts';
import { type RunGit, readCommitTime } from './run-git.ts';
import type { Surroundings } from './surroundings.ts';

/** What is known of the place. */
export interface Place {
  readonly env: Environment;
  /** The JSON value in the file that GITHUB_EVENT_PATH names; undefined elsewhere. */
  readonly event?: unknown;
  readonly runGit: RunGit;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The surroundings by the CI system that shows itself, else by git; git also tells what a system leaves open. */
export async function findSurroundings(place: Place): Promise<Surroundings> {
  const { runGit } = place;
  const found = ofSystem(place);
  if (found === undefined) return await gitSurroundings(runGit);
  const commit = found.commit ?? readCommit(await runGit(['rev-parse', 'HEAD']));
  if (commit === undefined || found.committedAt !== undefined) return { ...found, commit };
  return { ...found, commit, committedAt: await readCommitTime(runGit, commit) };
}

function ofSystem({ env, event, now }: Place): Surroundings | undefined {
  if (firstSet(env, 'GITHUB_ACTIONS', 'GITEA_ACTIONS', 'FORGEJO_ACTIONS') !== undefined)
    return githubSurroundings(env, event, now);
  if (firstSet(env, 'GITLAB_CI') !== undefined) return gitlabSurroundings(env, now);
  if (firstSet(env, 'BUILDKITE') !== undefined) return buildkiteSurroundings(env, now);
  if (firstSet(env, 'CIRCLECI') !== undefined) return circleciSurroundings(env);
  if (firstSet(env, 'JENKINS_URL') !== undefined) return jenkinsSurroundings(env);
  return undefined;
}
