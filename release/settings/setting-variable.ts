/** Environment variables that stand for settings on the command line. */

/** Begins the name of every variable of ours. */
export const variablePrefix = 'REGISTRY_ACTION_';

/** `REGISTRY_ACTION_BUILD_ARGS` for `build-args`. */
export function settingVariable(name: string): string {
  return variablePrefix + name.replaceAll('-', '_').toUpperCase();
}
