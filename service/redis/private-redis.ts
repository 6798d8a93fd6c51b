/** A redis-server of our own: durable, on loopback, behind a random password that no command line shows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { InputError, TransportError } from '../../errors/errors.ts';
import { connectRedis } from './connection.ts';
import { resolveFreePort } from './free-port.ts';
import { closeLeftoverRedis, forgetRunningRedis, recordRunningRedis } from './leftover-redis.ts';
import { parseServerInfo } from './server-info.ts';

/** Where and how the private Redis runs. */
export interface PrivateRedisOptions {
  /** Its append-only file is kept here; created when absent. */
  readonly directory: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Letters and digits only: it is written into a configuration line. */
  readonly password: string;
  readonly signal?: AbortSignal;
  /** Told every line that redis-server prints. */
  readonly onLine?: (line: string) => void;
}

/** A redis-server that answers. */
export interface PrivateRedis {
  /** Without the password. */
  readonly url: string;
  readonly processId: number;
  /** Resolves when redis-server is gone, for whatever reason. */
  readonly gone: Promise<void>;
  /** Ends redis-server with its append-only file complete. */
  close(): Promise<void>;
  /** Ends it at once: the last resort of a process that is about to exit. */
  kill(): void;
}

/** How long redis-server may read its append-only file before it answers. */
export const privateRedisLoadTimeoutMs = 120_000;

/** How long redis-server may take to end before it is killed; with `appendfsync always` nothing is left to write. */
export const privateRedisCloseTimeoutMs = 2_000;

const loopback = '127.0.0.1';

/** How often another free port is tried when somebody was faster. */
const portAttemptsMax = 5;

/**
 * Starts redis-server and resolves when it answers. One that an earlier start left behind in the same directory is ended first.
 *
 * @throws InputError REDIS_MISSING when redis-server is not installed.
 * @throws TransportError REDIS_UNREACHABLE when it ends or stays silent.
 */
export async function openPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  await closeLeftoverRedis(options.directory);
  const attempts = options.port === 0 ? portAttemptsMax : 1;
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port === 0 ? await resolveFreePort(loopback) : options.port;
    try {
      return await startServer(options, port);
    } catch (error) {
      // Most often somebody was faster and took the port.
      if (!isUnreachable(error) || attempt >= attempts) throw error;
    }
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'REDIS_UNREACHABLE';
}

async function startServer(options: PrivateRedisOptions, port: number): Promise<PrivateRedis> {
  options.signal?.throwIfAborted();
  const server = spawn('redis-server', ['-'], { cwd: options.directory, stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const kill = () => void server.kill('SIGKILL');
  let lastLine = 'it printed nothing';
  createInterface({ input: server.stdout }).on('line', (line) => {
    lastLine = line;
    options.onLine?.(line);
  });
  await spawned(server);
  await recordRunningRedis(options.directory, server.pid ?? 0);
  // A server that has ended breaks the pipe; that it ended is told by `gone`.
  server.stdin.on('error', () => undefined);
  server.stdin.end(configuration(port, options.password));
  try {
    await answering(server, gone, port, options);
  } catch (cause) {
    kill();
    await gone;
    options.signal?.throwIfAborted();
    const message = `the private redis did not start on port ${port}: ${lastLine}`;
    throw new TransportError({ code: 'REDIS_UNREACHABLE', message, wayOut: 'see what redis-server printed', cause });
  }
  return { url: `redis://${loopback}:${port}`, processId: server.pid ?? 0, gone, kill, close };

  async function close(): Promise<void> {
    const timer = setTimeout(kill, privateRedisCloseTimeoutMs);
    server.kill('SIGTERM');
    await gone;
    clearTimeout(timer);
    await forgetRunningRedis(options.directory);
  }
}

function spawned(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('spawn', resolve);
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `redis-server cannot be started: ${cause.code ?? cause.message}`;
      reject(new InputError({ code: 'REDIS_MISSING', message, cause }));
    });
  });
}

/** Read by redis-server from its standard input, so that the password is on no command line. */
function configuration(port: number, password: string): string {
  return [
    `bind ${loopback}`,
    `port ${port}`,
    `requirepass ${password}`,
    'daemonize no',
    'appendonly yes',
    'appendfsync always',
    'maxmemory-policy noeviction',
    'save ""',
    '',
  ].join('\n');
}

/** Resolves when this very server answers; rejects when it ends, or when another program answers on its port. */
async function answering(
  server: ChildProcess,
  gone: Promise<void>,
  port: number,
  options: PrivateRedisOptions,
): Promise<void> {
  const ended = new AbortController();
  void gone.then(() => ended.abort(new Error('redis-server ended')));
  const signal = options.signal === undefined ? ended.signal : AbortSignal.any([ended.signal, options.signal]);
  const url = `redis://:${options.password}@${loopback}:${port}`;
  const redis = await connectRedis(url, 'producer', { timeoutMs: privateRedisLoadTimeoutMs, signal });
  try {
    const { processId } = parseServerInfo(await redis.info('server'));
    if (processId !== server.pid) throw new Error(`another redis answers on port ${port}`);
  } finally {
    redis.disconnect();
  }
}
