/** The environment of the programs that a release starts. */
import { settingVariable } from '../settings/setting-variable.ts';
import { settings } from '../settings/settings.ts';
import type { Environment } from '../surroundings/environment.ts';

/**
 * Variables that are the step's own: its inputs, secret ones among them; what it keeps for its post part; the files by
 * which it commands the runner; and what buys tokens in the name of the job.
 */
const ownVariables = /^(?:INPUT_|STATE_)|^GITHUB_(?:OUTPUT|STATE|ENV|PATH|STEP_SUMMARY)$|^ACTIONS_ID_TOKEN_REQUEST_/;

/** Variables by which the command line is told secrets. */
const secretVariables: ReadonlySet<string> = new Set(
  ['token', ...settings.filter(({ isSecret }) => isSecret).map(({ name }) => name)].map(settingVariable),
);

/** The environment without what is nobody else's, and with the variables given. */
export function childEnvironment(env: Environment, given: Readonly<Record<string, string>>): Environment {
  const passedOn = Object.entries(env).filter(([name]) => !ownVariables.test(name) && !secretVariables.has(name));
  return { ...Object.fromEntries(passedOn), ...given };
}
