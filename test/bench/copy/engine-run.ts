/** One copy by our engine, without the start of Node and the command line around it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProfileLine } from './engine/profile-lines.ts';
import type { RunCost } from './measured-run.ts';
import type { SeedPlace } from './seeded-image.ts';

/** What the engine is to copy. */
export interface EngineOrder {
  readonly source: SeedPlace;
  readonly target: SeedPlace;
  /** What is to be told of the copy: a profile slows it, and looking at its memory does. */
  readonly telling: 'cost' | 'profile' | 'memory';
}

/** What was asked for; the others are undefined. */
export interface EngineAnswer {
  readonly cost?: RunCost;
  readonly profile?: readonly ProfileLine[];
  /** As it was when most was resident. */
  readonly memory?: NodeJS.MemoryUsage;
}

type Places = Pick<EngineOrder, 'source' | 'target'>;

const entry = fileURLToPath(new URL('./engine/main.ts', import.meta.url));

/** What one copy costs in a process that has loaded the engine and waits. */
export async function measureEngine(places: Places, env: NodeJS.ProcessEnv): Promise<RunCost> {
  const { cost } = await runEngine({ ...places, telling: 'cost' }, env);
  if (cost === undefined) throw new Error('the engine did not tell what its copy cost');
  return cost;
}

/** Where the time of one copy goes. */
export async function profileEngine(places: Places, env: NodeJS.ProcessEnv): Promise<readonly ProfileLine[]> {
  return (await runEngine({ ...places, telling: 'profile' }, env)).profile ?? [];
}

/** What the memory of one copy consists of, when most of it is resident. */
export async function weighEngine(places: Places, env: NodeJS.ProcessEnv): Promise<NodeJS.MemoryUsage> {
  const { memory } = await runEngine({ ...places, telling: 'memory' }, env);
  if (memory === undefined) throw new Error('the engine did not tell of its memory');
  return memory;
}

async function runEngine(order: EngineOrder, env: NodeJS.ProcessEnv): Promise<EngineAnswer> {
  const child = fork(entry, { env, execArgv: [] });
  const exited = once(child, 'exit');
  const message = async () => {
    const [said] = await Promise.race([once(child, 'message'), exited.then(() => Promise.reject(lost()))]);
    return said;
  };
  await message();
  child.send(order);
  const answer: EngineAnswer = await message();
  await exited;
  return answer;
}

function lost(): Error {
  return new Error('the process of the engine ended before its copy; its own words are above');
}
