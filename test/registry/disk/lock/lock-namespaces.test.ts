/** Containers that share a volume: real processes, each in namespaces of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../../registry-under-test.ts';

let directory: string;
const containers: Container[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(async () => {
  for (const { kill } of containers.splice(0)) await kill();
  await rm(directory, { recursive: true });
});

interface Container {
  /** What the process in it says next. */
  next(): Promise<unknown>;
  /** Ends everything in it, as the kernel does when memory is short. */
  kill(): Promise<void>;
  /** Sends it to the process in it. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

/** Five of them are longer than a busy machine keeps a process from running. */
const beatMs = 1_000;

/** A process at the lock in a container with that host name, where its number is 1. */
function start(host: string): Container {
  const holder = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));
  const namespaces = ['--map-root-user', '--pid', '--fork', '--mount-proc', '--uts'];
  const program = [process.execPath, holder, join(directory, 'lock'), String(beatMs)];
  const child = spawn(
    'unshare',
    [...namespaces, 'sh', '-ec', 'hostname "$1"; shift; exec "$@"', 'sh', host, ...program],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = once(child, 'exit');
  const container: Container = {
    async next() {
      const { value } = await lines.next();
      return JSON.parse(String(value)) as unknown;
    },
    async kill() {
      await signalWithin(child, 'SIGKILL');
      await gone;
    },
    signal: (name) => signalWithin(child, name),
  };
  containers.push(container);
  return container;
}

/** Nothing to do when the process in it has ended by itself. */
async function signalWithin({ pid }: ChildProcess, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const within = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  if (within.trim() !== '') process.kill(Number(within), name);
}

test('a lock stands as long as its container lives, and is taken over when that was killed', async () => {
  for (const [first, second] of [
    ['one', 'two'],
    ['the-same', 'the-same'],
  ] as const) {
    const holder = start(first);
    expect(await holder.next()).toEqual({ acquired: true });
    const meanwhile = start(second);
    expect([await meanwhile.next(), await meanwhile.next()]).toEqual([{ awaited: first }, { heldOn: first }]);
    await holder.kill();
    const successor = start(second);
    expect(await successor.next()).toEqual({ awaited: first });
    expect(await successor.next()).toEqual({ acquired: true });
    await successor.kill();
    await rm(join(directory, 'lock'));
  }
});

test('a container that was suspended for too long notices it when it wakes up', async () => {
  const holder = start('one');
  expect(await holder.next()).toEqual({ acquired: true });
  await holder.signal('SIGSTOP');
  const successor = start('two');
  expect([await successor.next(), await successor.next()]).toEqual([{ awaited: 'one' }, { acquired: true }]);
  await holder.signal('SIGCONT');
  expect(await holder.next()).toEqual({ lost: true });
  const third = start('three');
  expect([await third.next(), await third.next()]).toEqual([{ awaited: 'two' }, { heldOn: 'two' }]);
});
