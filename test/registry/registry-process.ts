/** registry/main.ts as a process of its own, as the service runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inOwnMounts } from '../own-mounts.ts';

export interface RegistryProcess {
  readonly child: ChildProcess;
  readonly port: number;
  /** Everything written to standard error so far. */
  stderr(): string;
  /** Resolves with its exit code and the signal it died of, also when it has ended already. */
  ended(): Promise<readonly unknown[]>;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Asks it to end, and returns its exit code. */
  stop(): Promise<number | null>;
}

export interface RegistryProcessInit {
  /** What REGISTRY_ACTION_DATA says. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Lines of shell that run before it, in mounts of its own. */
  readonly prepare?: string;
}

/** How a process ended that was to listen. */
export interface FailedStart {
  readonly exitCode: number | null;
  readonly stderr: string;
}

const repositoryRoot = join(import.meta.dirname, '..', '..');

/** The process once it listens; how it ended when it never did. */
export async function startRegistry(init: RegistryProcessInit): Promise<RegistryProcess | FailedStart> {
  const child = spawnRegistry(init);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  // With its outputs at their end: what it said last may come after it is gone.
  const exited = once(child, 'close');
  const port = await listeningPort(child);
  if (port === undefined) {
    await exited;
    return { exitCode: child.exitCode, stderr };
  }
  return {
    child,
    port,
    stderr: () => stderr,
    ended: () => exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}

/** The process once it listens. */
export async function mustStartRegistry(init: RegistryProcessInit): Promise<RegistryProcess> {
  const started = await startRegistry(init);
  if ('child' in started) return started;
  throw new Error(`the registry did not start: ${started.exitCode} ${started.stderr}`);
}

function spawnRegistry({ directory, environment = {}, prepare }: RegistryProcessInit): ChildProcess {
  const registry: [string, string] = [process.execPath, join(repositoryRoot, 'registry', 'main.ts')];
  const [program, ...words] = prepare === undefined ? registry : inOwnMounts(prepare, registry);
  const env = { ...process.env, REGISTRY_ACTION_DATA: directory, REGISTRY_ACTION_REGISTRY_PORT: '0', ...environment };
  return spawn(program, words, { env });
}

async function listeningPort(child: ChildProcess): Promise<number | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const { listening } = JSON.parse(line) as { listening?: string };
    return listening === undefined ? undefined : Number(new URL(listening).port);
  }
  return undefined;
}
