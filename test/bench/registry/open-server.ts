/** A registry's process under load. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from '../../e2e/wait-until.ts';
import { pickSteadyPort } from '../../steady-port.ts';
import type { Keeper } from '../copy/open-keeper.ts';

export interface Server {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  /** What signs a request in. */
  readonly headers: Readonly<Record<string, string>>;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
  close(): Promise<void>;
}

export interface ServerCommand {
  /** The program and its arguments. */
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly headers?: Readonly<Record<string, string>>;
}

export const serverHost = '127.0.0.1';

/** Starts what the command for a free port is; it ends with the keeper at the latest. */
export async function openServer(
  keeper: Keeper,
  commandFor: (port: number) => Promise<ServerCommand>,
): Promise<Server> {
  const port = await pickSteadyPort();
  const { words, env, headers = {} } = await commandFor(port);
  const [program = '', ...rest] = words;
  const began = performance.now();
  const child = spawn(program, rest, { env, stdio: 'ignore' });
  const gone = once(child, 'exit');
  gone.catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} does not start`);
  keeper.watch(pid);
  const answers = async () =>
    (await fetch(`http://${serverHost}:${port}/v2/`, { headers }).catch(() => undefined))?.ok === true;
  await Promise.race([
    waitUntil(`${program} answers`, answers),
    gone.then(() => Promise.reject(new Error(`${words.join(' ')} ended by itself`))),
  ]);
  const startMs = performance.now() - began;
  return {
    ...{ pid, host: serverHost, port, headers, startMs },
    async close() {
      child.kill('SIGKILL');
      await gone;
      keeper.forget(pid);
    },
  };
}
