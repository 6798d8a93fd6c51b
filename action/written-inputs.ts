/** What the workflow wrote as inputs of the step, by name. */
import { settings } from '../release/settings/settings.ts';
import type { Runner } from './runner.ts';

/** How the runner calls the variable of an input. */
const variablePrefix = 'INPUT_';

/**
 * The inputs that have a value. Those that the Action does not know are among them, so that a mistyped one is told
 * instead of being passed over; the runner hands them over all the same.
 */
export function writtenInputs(runner: Runner): ReadonlyMap<string, string> {
  const unknown = Object.keys(runner.env)
    .filter((variable) => variable.startsWith(variablePrefix))
    .map((variable) => variable.slice(variablePrefix.length).toLowerCase());
  const names = new Set([...settings.map(({ name }) => name), ...unknown]);
  return new Map([...names].map((name) => [name, runner.input(name)] as const).filter(([, text]) => text !== ''));
}
