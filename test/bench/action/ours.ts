/** A release by us: the Action's bundle as a runner starts it, and the command as people do. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ourProgram } from '../copy/contestant.ts';
import type { ActionWorld } from './action-world.ts';
import type { Command } from './timed-run.ts';

/** By which door: the bundle that a runner starts, or the command line. */
export const doorNames = ['bundle', 'command'] as const;
export type DoorName = (typeof doorNames)[number];

export interface ReleaseOrder {
  /** `host:port/repository`. */
  readonly image: string;
  readonly version: string;
  readonly builder: 'docker' | 'buildah' | 'none';
  readonly context: string;
}

/** The release as one command, from a commit of its own, with the tags of its version alone. */
export async function ourRelease(world: ActionWorld, door: DoorName, order: ReleaseOrder): Promise<Command> {
  const settings = {
    images: order.image,
    version: order.version,
    'sha-tag': 'none',
    ...(order.builder === 'none'
      ? { source: `dir:${order.context}` }
      : { builder: order.builder, context: order.context }),
  };
  const commit = randomBytes(20).toString('hex');
  if (door === 'command') {
    const flags = Object.entries({ ...settings, revision: commit }).flatMap(([name, value]) => [`--${name}`, value]);
    return { words: [...ourProgram, 'release', ...flags], env: { ...world.env, TMPDIR: world.runner.temporary } };
  }
  const inputs = Object.entries(settings).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return {
    words: [process.execPath, join(world.bundle, 'index.cjs')],
    env: { ...world.env, ...(await jobEnvironment(world, commit)), ...Object.fromEntries(inputs) },
  };
}

/** A job about a git tag. */
async function jobEnvironment(world: ActionWorld, commit: string): Promise<NodeJS.ProcessEnv> {
  const { temporary, files } = world.runner;
  const own = await mkdtemp(join(files, 'step-'));
  const names = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'];
  for (const name of names) await writeFile(join(own, name), '');
  return {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REF: 'refs/tags/v1.2.3',
    GITHUB_REPOSITORY: 'acme/web',
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_SHA: commit,
    GITHUB_WORKSPACE: world.contexts,
    RUNNER_TEMP: temporary,
    ...Object.fromEntries(names.map((name) => [name, join(own, name)])),
  };
}
