/** `registry-action serve` as people start it, in a folder of its own, and the command line beside it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './clean-environment.ts';
import { type Ended, runProgram } from './run-program.ts';
import { openScratchDirectory } from './scratch-directory.ts';

/** The command, as npm links it. */
const command = fileURLToPath(new URL('../../scripts/registry-action.mjs', import.meta.url));

/** The entry behind it: without a process in between, signals and exit codes are its own. */
const entry = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface ServedOptions {
  /** Added to `serve`; it listens on free ports unless something else is said. */
  readonly words?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Words before its program, and before those of the verbs: where they run. */
  readonly enter?: readonly string[];
  /** Text of the configuration file; none when absent. */
  readonly config?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Served {
  /** The folder it was started in. */
  readonly directory: string;
  readonly apiUrl: string;
  readonly registryUrl: string;
  /** Host and port of the registry, as container tools name it. */
  readonly registryHost: string;
  /** The administrator's. */
  readonly token: string;
  /** The whole of what `serve` said so far on standard error. */
  said(): string;
  /** Runs a verb in the same folder, with a standard input that is empty unless given. */
  cli(words: readonly string[], env?: NodeJS.ProcessEnv, input?: string): Promise<Ended>;
  /** The same for one that succeeds, with the JSON it prints. */
  cliJson(words: readonly string[]): Promise<Record<string, unknown>>;
  api(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  close(): Promise<void>;
}

/** Starts it, and resolves when it says that it works. */
export async function openServed(options: ServedOptions = {}): Promise<Served> {
  const { words = [], env = {}, enter = [], config } = options;
  const scratch = await openScratchDirectory('served');
  const directory = scratch.path;
  const configFile = join(directory, 'registry-action.yml');
  if (config !== undefined) await writeFile(configFile, config);
  const configWords = config === undefined ? [] : ['--config', configFile];
  const ports = words.some((word) => ['--registry-port', '--port'].includes(word)) ? [] : ['--registry-port', '0'];
  const started = [process.execPath, entry, 'serve', '--json', '--api-port', '0', ...ports, ...configWords, ...words];
  const [program = '', ...all] = [...enter, ...started];
  const child = spawn(program, all, {
    cwd: directory,
    env: cleanEnvironment({ REGISTRY_ACTION_LOG_LEVEL: 'fatal', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = once(child, 'close');
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const close = async () => {
    child.kill('SIGTERM');
    await gone;
    await scratch.close();
  };
  const address = await firstJson(child.stdout);
  if (address === undefined) {
    await close();
    throw new Error(`serve ended before it was ready: ${said}`);
  }
  const token = (await readFile(join(directory, '.registry-action', 'admin.token'), 'utf8')).trim();
  const apiUrl = String(address['apiUrl'] ?? '');
  const registryUrl = String(address['registryUrl'] ?? '');
  const cli = (verb: readonly string[], more: NodeJS.ProcessEnv = {}, input = '') =>
    runCli(verb, directory, more, input, enter);
  return {
    directory,
    apiUrl,
    registryUrl,
    registryHost: registryUrl === '' ? '' : new URL(registryUrl).host,
    token,
    said: () => said,
    cli,
    cliJson: async (verb) => {
      const { code, stdout, stderr } = await cli([...verb, '--json']);
      if (code === 0) return JSON.parse(stdout);
      throw new Error(`registry-action ${verb.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
    },
    api: (method, path, body) => callApi(apiUrl, token, method, path, body),
    close,
  };
}

/** Runs a verb of the command line in a folder. */
export function runCli(
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  input = '',
  enter: readonly string[] = [],
): Promise<Ended> {
  const [program = '', ...all] = [...enter, process.execPath, command, ...words];
  return runProgram(program, all, { cwd, env: cleanEnvironment(env), input });
}

async function callApi(url: string, token: string, method: string, path: string, body: unknown): Promise<ApiAnswer> {
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

/** The first JSON document that a program prints; undefined when it ends without one. */
async function firstJson(output: NodeJS.ReadableStream): Promise<Record<string, unknown> | undefined> {
  let text = '';
  for await (const line of createInterface({ input: output })) {
    text += line;
    if (line === '}') return JSON.parse(text);
  }
  return undefined;
}
