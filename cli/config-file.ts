/** The name of a configuration when nothing is said. */

/** Looked for in the folder one is in. */
export const defaultConfigFile = 'registry-action.yml';
