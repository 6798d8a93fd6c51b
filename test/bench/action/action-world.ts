/** A registry, builders with storage of their own, and the Action's bundle, for one measurement. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { bundleDirectory } from '../../action/bundle-under-test.ts';
import { openContainerTools } from '../../e2e/container-tools.ts';
import { openDockerDaemon } from '../../e2e/docker-daemon.ts';
import { runToEnd } from '../../e2e/run-program.ts';
import { type BenchRegistry, openBenchRegistry } from '../copy/bench-registry.ts';
import { openKeeper } from '../copy/open-keeper.ts';
import { openWireProcess, type WireProcess } from '../copy/wire-process.ts';
import { type BuilderWatch, openBuilderWatch } from './builder-watch.ts';

export interface ActionWorld {
  readonly registry: BenchRegistry;
  /** Counts what goes to the registry, and slows it; nothing that is timed goes over it. */
  readonly wire: WireProcess;
  /** Of builders and of ours: what builds is watched. */
  readonly env: NodeJS.ProcessEnv;
  readonly watch: BuilderWatch;
  /** Where contexts are made. */
  readonly contexts: string;
  /** Of the job: where its temporary files go, and the files by which it answers. */
  readonly runner: { readonly temporary: string; readonly files: string };
  /** Directory with `index.cjs`. */
  readonly bundle: string;
  readonly directory: string;
  /** Removes every image that a builder has kept. */
  forgetImages(): Promise<void>;
  close(): Promise<void>;
}

const memoryDirectory = '/dev/shm';
/** Free memory from which on everything is kept there: disks differ more than programs do. */
const freeBytesMin = 10 * 1024 ** 3;

/** Debian's own registry; programs are looked for on PATH alone. */
const contest = { peers: [], registryProgram: 'docker-registry', toolPath: [] } as const;

/** Starts it all; closing it leaves neither a process nor a file. */
export async function openActionWorld(): Promise<ActionWorld> {
  const parent = !process.env['TMPDIR'] && freemem() > freeBytesMin ? memoryDirectory : tmpdir();
  const keeper = await openKeeper(parent);
  const opened: { close(): Promise<void> }[] = [keeper];
  const keep = <Thing extends { close(): Promise<void> }>(thing: Thing): Thing => {
    opened.push(thing);
    return thing;
  };
  const close = async () => {
    for (const thing of opened.splice(0).toReversed()) await thing.close();
  };
  try {
    const below = (name: string) => join(keeper.directory, name);
    for (const name of ['contexts', 'temporary', 'files']) await mkdir(below(name));
    const registry = keep(await openBenchRegistry(contest, 'registry', keeper));
    const wire = keep(await openWireProcess(registry.url, 0));
    const tools = keep(await openContainerTools(below('tools')));
    // buildah does not begin without the file it is told of.
    await writeFile(below('tools/auth.json'), '{}');
    const daemon = keep(await openDockerDaemon(below('dockerd')));
    keeper.watch(Number(await readFile(below('dockerd/pid'), 'utf8')));
    const watch = await openBuilderWatch(keeper.directory);
    const path = [watch.path, tools.env['PATH']].join(delimiter);
    const env = { ...tools.env, PATH: path, DOCKER_HOST: daemon.host };
    return {
      ...{ registry, wire, env, watch, close },
      contexts: below('contexts'),
      runner: { temporary: below('temporary'), files: below('files') },
      bundle: await bundleDirectory(),
      directory: keeper.directory,
      forgetImages: async () => {
        await runToEnd('docker', ['system', 'prune', '--all', '--force'], { env });
        await runToEnd('buildah', ['rmi', '--all', '--force'], { env });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
