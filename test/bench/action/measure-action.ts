/** The whole benchmark of the Action, part by part. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd } from '../../e2e/run-program.ts';
import { spreadOf } from '../spread.ts';
import { readStorageKind } from '../storage-kind.ts';
import type { ActionFlags } from './action-flags.ts';
import { type ActionResults, summariseReleases } from './action-results.ts';
import { type ActionWorld, openActionWorld } from './action-world.ts';
import { measureOverhead } from './measure-overhead.ts';
import { measureReleases } from './measure-releases.ts';
import { measureStart } from './measure-start.ts';

/**
 * Measures the parts.
 * @throws Error when a program is absent or fails, or a release does not leave what it was told to.
 */
export async function measureAction(
  { parts, sizes }: Pick<ActionFlags, 'parts' | 'sizes'>,
  say: (what: string) => void,
): Promise<ActionResults> {
  const world = await openActionWorld();
  try {
    const versions = await readVersions(world);
    if (parts.includes('start')) say('start: from our process to the builder');
    const { nodeMs, starts } = parts.includes('start')
      ? await measureStart(world, sizes.rounds)
      : { nodeMs: spreadOf([]), starts: [] };
    if (parts.includes('release')) say(`release: four tags, ${sizes.rounds} rounds`);
    const records = parts.includes('release') ? await measureReleases(world, sizes) : [];
    if (parts.includes('overhead')) say(`overhead: a build of ${sizes.buildSeconds} s, ${sizes.rounds} rounds`);
    const overheads = parts.includes('overhead') ? await measureOverhead(world, sizes) : [];
    return {
      versions,
      storage: await readStorageKind(world.directory),
      sizes,
      bundle: await readBundle(world.bundle),
      nodeMs,
      starts,
      releases: summariseReleases(records),
      overheads,
    };
  } finally {
    await world.close();
  }
}

async function readBundle(directory: string): Promise<Readonly<Record<string, number>>> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.cjs')).toSorted();
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  return Object.fromEntries(names.map((name, at) => [name, sizes[at] ?? Number.NaN]));
}

/** What each program tells of itself. */
async function readVersions({ env }: ActionWorld): Promise<Readonly<Record<string, string>>> {
  const asked: Readonly<Record<string, readonly string[]>> = {
    docker: ['docker', 'version', '--format', '{{.Client.Version}}'],
    dockerd: ['docker', 'version', '--format', '{{.Server.Version}}'],
    buildah: ['buildah', '--version'],
    distribution: ['docker-registry', '--version'],
  };
  const told = await Promise.all(
    Object.entries(asked).map(async ([name, [program = '', ...words]]) => {
      const [line = ''] = (await runToEnd(program, words, { env })).split('\n');
      return [name, /v?(\d+\.\S+)/.exec(line)?.[1] ?? line] as const;
    }),
  );
  return Object.fromEntries(told);
}
