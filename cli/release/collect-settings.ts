/** What was written for the settings of a release: by flags, by files, by variables, and by the CI system itself. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { nearestName } from '../../core/nearest-name.ts';
import { InputError } from '../../errors/errors.ts';
import { settingVariable, variablePrefix } from '../../release/settings/setting-variable.ts';
import type { Environment, Shell } from '../shell.ts';
import type { ReleaseFlags } from './release-flags.ts';
import { flagSettings, type ReleaseCommand, standardInput } from './setting-flags.ts';

export interface CollectedSettings {
  /** By name, as `readSettings` takes them. */
  readonly written: ReadonlyMap<string, string>;
  /** Variables of ours that gave a setting. */
  readonly variables: readonly string[];
  /** Variables that nothing is read from, though they are called almost like one that is. */
  readonly mistyped: readonly { readonly variable: string; readonly meant: string }[];
}

/**
 * Flags win over variables. A variable of a setting that the command does not know is left alone: variables are set for
 * a whole project. The token that the system gave the job counts as written, for the system's own registry.
 * @throws InputError REQUEST_INVALID for a file of a secret that cannot be read.
 */
export async function collectSettings(
  shell: Shell,
  command: ReleaseCommand,
  flags: Pick<ReleaseFlags, 'texts' | 'secretFiles'>,
): Promise<CollectedSettings> {
  const written = new Map([['command', command as string]]);
  const variables: string[] = [];
  const secrets = await readSecretFiles(shell, flags.secretFiles);
  for (const { name } of flagSettings(command)) {
    const said = flags.texts.get(name) ?? secrets.get(name);
    const variable = settingVariable(name);
    const text = said ?? shell.env[variable] ?? '';
    if (said === undefined && text.trim() !== '') variables.push(variable);
    if (text.trim() !== '') written.set(name, text);
  }
  const token = jobToken(shell.env);
  if (token !== undefined) written.set('token', token);
  return { written, variables, mistyped: listMistyped(shell.env) };
}

/** Largest file of a secret, in bytes: credentials of many registries have some kilobytes. */
const secretBytesMax = 1024 * 1024;

async function readSecretFiles(shell: Shell, paths: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const fromInput = [...paths].filter(([, path]) => path === standardInput).map(([name]) => `--${name}-file -`);
  if (fromInput.length > 1) {
    throw new InputError({
      code: 'REQUEST_INVALID',
      message: `standard input can be read once: ${fromInput.join(', ')}`,
      wayOut: 'give the others by file or variable',
    });
  }
  const read = [...paths].map(async ([name, path]): Promise<[string, string]> => {
    if (path === standardInput) return [name, await shell.readInput()];
    return [name, await readSecretFile(resolve(shell.cwd, path), name)];
  });
  return new Map(await Promise.all(read));
}

async function readSecretFile(path: string, name: string): Promise<string> {
  try {
    if ((await stat(path)).size <= secretBytesMax) return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({
      code: 'REQUEST_INVALID',
      message: `cannot read the file of ${name}: ${path}`,
      wayOut: `name a readable file with --${name}-file`,
      cause,
    });
  }
  throw new InputError({ code: 'REQUEST_INVALID', message: `more than ${secretBytesMax} bytes in ${path}` });
}

/** What the system gives each of its jobs; it is shown to the system's own registry and to no other. */
function jobToken(env: Environment): string | undefined {
  const isGitlab = Boolean(env['GITLAB_CI']);
  const isGithub = Boolean(env['GITHUB_ACTIONS'] || env['GITEA_ACTIONS'] || env['FORGEJO_ACTIONS']);
  const token = isGitlab ? env['CI_JOB_TOKEN'] : isGithub ? env['GITHUB_TOKEN'] : undefined;
  return token === '' ? undefined : token;
}

/** Variables of the other verbs and of the service, which settings happen to be called like. */
const otherVariables: readonly string[] = ['CONFIG', 'DATA', 'HOST', 'TOKEN', 'URL'];

function listMistyped(env: Environment): CollectedSettings['mistyped'] {
  const known = new Set((['release', 'merge', 'tag'] as const).flatMap(flagSettings).map(({ name }) => tailOf(name)));
  return Object.keys(env).flatMap((variable) => {
    const tail = variable.slice(variablePrefix.length);
    if (!variable.startsWith(variablePrefix) || known.has(tail) || otherVariables.includes(tail)) return [];
    const nearest = nearestName(tail, known);
    return nearest === undefined ? [] : [{ variable, meant: variablePrefix + nearest }];
  });
}

function tailOf(name: string): string {
  return settingVariable(name).slice(variablePrefix.length);
}
