/** registry/main.ts as a process of its own, as the service runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RegistryProcess {
  readonly child: ChildProcess;
  readonly port: number;
  /** Everything written to standard error so far. */
  stderr(): string;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Asks it to end, and returns its exit code. */
  stop(): Promise<number | null>;
}

export interface RegistryProcessInit {
  /** What REGISTRY_ACTION_DATA says. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs before it in the same shell, in namespaces of its own. */
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
  const exited = once(child, 'exit');
  const port = await listeningPort(child);
  if (port === undefined) {
    await exited;
    return { exitCode: child.exitCode, stderr };
  }
  return {
    child,
    port,
    stderr: () => stderr,
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
  const program = [process.execPath, join(repositoryRoot, 'registry', 'main.ts')];
  const env = { ...process.env, REGISTRY_ACTION_DATA: directory, REGISTRY_ACTION_REGISTRY_PORT: '0', ...environment };
  if (prepare === undefined) return spawn(process.execPath, program.slice(1), { env });
  return spawn('unshare', ['--map-root-user', '--mount', 'sh', '-ec', `${prepare}\nexec "$@"`, 'sh', ...program], {
    env,
  });
}

async function listeningPort(child: ChildProcess): Promise<number | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const { listening } = JSON.parse(line) as { listening?: string };
    return listening === undefined ? undefined : Number(new URL(listening).port);
  }
  return undefined;
}
