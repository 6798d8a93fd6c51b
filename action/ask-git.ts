/** Asking git on a runner, by the runner's own toolkit. Builders are run by release/builders/program, which can end them. */
import { getExecOutput } from '@actions/exec';
import type { Environment } from '../release/surroundings/environment.ts';
import type { RunGit } from '../release/surroundings/run-git.ts';

/** Runs git in the directory with the environment; what it says is not in the log. */
export function openGit(cwd: string, env: Environment): RunGit {
  const options = { cwd, env: textsIn(env), silent: true, ignoreReturnCode: true };
  return async (args) => {
    // Thrown when there is no git: a release does without.
    const end = await getExecOutput('git', [...args], options).catch(() => undefined);
    return end?.exitCode === 0 ? end.stdout.replace(/\r?\n$/, '') : undefined;
  };
}

function textsIn(env: Environment): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) texts[name] = value;
  return texts;
}
