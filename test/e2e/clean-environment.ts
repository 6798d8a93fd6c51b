/** The environment of a person who has set nothing: neither our variables nor those of container tools. */

const ours = /^(REGISTRY_ACTION_|REDIS_URL$)/;
/** By these the processes are found that outlive a suite. */
const kept = /^REGISTRY_ACTION_CI_/;
const tools = /^(DOCKER_|CONTAINERS_|CONTAINER_HOST$|BUILDAH_|STORAGE_|REGISTRY_AUTH_FILE$|XDG_)/;
const colours = /^(NO_COLOR|FORCE_COLOR|CLICOLOR)/;
/** What the test runner sets for itself. */
const runners = /^(NODE_ENV|VITEST|TEST|npm_)/;

/** This process's environment without all that, and with what is given; undefined takes a variable away. */
export function cleanEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const isForeign = (name: string) => [ours, tools, colours, runners].some((some) => some.test(name));
  const clean = Object.entries(process.env).filter(([name]) => kept.test(name) || !isForeign(name));
  return { ...Object.fromEntries(clean), ...extra };
}
