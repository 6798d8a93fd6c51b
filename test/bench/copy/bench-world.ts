/** Two registries, the wires before them, and an environment in which no contestant finds anything of its user. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchRegistry, openBenchRegistry } from './bench-registry.ts';
import type { Contest } from './contestant.ts';
import { delayMs } from './copy-case.ts';
import { openKeeper } from './open-keeper.ts';
import { contestEnvironment } from './tool-versions.ts';
import { openWireProcess, type WireProcess } from './wire-process.ts';

/** The addresses of both registries by one way to them. */
export interface Route {
  readonly sourceUrl: string;
  readonly targetUrl: string;
  /** The wires on this way; none when it is direct. */
  readonly wires: readonly WireProcess[];
}

export interface BenchWorld {
  readonly source: BenchRegistry;
  readonly target: BenchRegistry;
  readonly direct: Route;
  /** Over wires that count and delay nothing. */
  readonly counted: Route;
  /** Over wires that count and delay. */
  readonly delayed: Route;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  close(): Promise<void>;
}

/** Starts it all; closing it leaves neither a process nor a byte on the disk. */
export async function openBenchWorld(contest: Contest, storageDirectory: string): Promise<BenchWorld> {
  const keeper = await openKeeper(storageDirectory);
  const opened: { close(): Promise<void> }[] = [keeper];
  const keep = <Thing extends { close(): Promise<void> }>(thing: Thing): Thing => {
    opened.push(thing);
    return thing;
  };
  const close = async () => {
    for (const thing of opened.splice(0).toReversed()) await thing.close();
  };
  try {
    const env = await openEnvironment(contest, keeper.directory);
    const openRegistry = async (name: string) => keep(await openBenchRegistry(contest, name, keeper));
    const source = await openRegistry('source');
    const target = await openRegistry('target');
    const openRoute = async (addedMs: number): Promise<Route> => {
      const toSource = keep(await openWireProcess(source.url, addedMs));
      const toTarget = keep(await openWireProcess(target.url, addedMs));
      return { sourceUrl: toSource.url, targetUrl: toTarget.url, wires: [toSource, toTarget] };
    };
    return {
      source,
      target,
      direct: { sourceUrl: source.url, targetUrl: target.url, wires: [] },
      counted: await openRoute(0),
      delayed: await openRoute(delayMs),
      env,
      directory: keeper.directory,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openEnvironment(contest: Contest, directory: string): Promise<NodeJS.ProcessEnv> {
  const below = (name: string) => join(directory, name);
  for (const name of ['home', 'docker', 'run']) await mkdir(below(name));
  return contestEnvironment(contest, {
    HOME: below('home'),
    DOCKER_CONFIG: below('docker'),
    REGISTRY_AUTH_FILE: below('auth.json'),
    XDG_RUNTIME_DIR: below('run'),
  });
}
