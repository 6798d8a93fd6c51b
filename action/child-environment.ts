/** The environment of the programs that a step starts. */
import type { Environment } from './runner.ts';

/**
 * Variables that are the step's own: its inputs, secret ones among them; what it keeps for its post part; the files by
 * which it commands the runner; and what buys tokens in the name of the job.
 */
const ownVariables = /^(?:INPUT_|STATE_)|^GITHUB_(?:OUTPUT|STATE|ENV|PATH|STEP_SUMMARY)$|^ACTIONS_ID_TOKEN_REQUEST_/;

/** The environment of the step without what is its own, and with the variables given. */
export function childEnvironment(env: Environment, given: Readonly<Record<string, string>>): Environment {
  const passedOn = Object.entries(env).filter(([name]) => !ownVariables.test(name));
  return { ...Object.fromEntries(passedOn), ...given };
}
