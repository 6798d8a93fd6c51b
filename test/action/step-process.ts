/** A step as its runner starts it: the bundle as a process, its inputs in the environment, its answers in files. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readText } from '../repository-files.ts';
import { bundleDirectory } from './bundle-under-test.ts';
import { readFileCommands, readWorkflowLog, type WorkflowCommand } from './workflow-log.ts';

/** What the step is given. */
export interface StepInit {
  readonly inputs?: Readonly<Record<string, string>>;
  /** Goes before the job's. */
  readonly env?: Readonly<Record<string, string>>;
  /** The payload of the event. */
  readonly event?: unknown;
  readonly onStart?: (child: ChildProcess) => void;
}

/** What the step answered. */
export interface StepEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: ReadonlyMap<string, string>;
  readonly states: ReadonlyMap<string, string>;
  readonly summary: string;
  /** What later steps would find in their environment. */
  readonly environment: string;
  readonly commands: readonly WorkflowCommand[];
  readonly shown: readonly string[];
}

/** A job: a workspace, a home and a temporary directory of its own. */
export interface Job {
  readonly workspace: string;
  readonly home: string;
  readonly temporary: string;
  /** Where the files of outputs, state and summary are, one directory for each start. */
  readonly commandFiles: string;
  /** The main part of a step. */
  run(init: StepInit): Promise<StepEnd>;
  /** The post part of the step that ended so. */
  post(main: StepEnd, init?: StepInit): Promise<StepEnd>;
  close(): Promise<void>;
}

/** The commit that jobs are about. */
export const jobCommit = '0123456789abcdef0123456789abcdef01234567';

/** A job with an empty workspace; closing it removes everything. There is space in its paths, as on many a runner. */
export async function openJob(): Promise<Job> {
  const root = await mkdtemp(join(tmpdir(), 'action-test-'));
  const [workspace, home, temporary, commandFiles] = ['work space', 'home', 'runner temp', 'commands'].map((name) =>
    join(root, name),
  ) as [string, string, string, string];
  for (const path of [workspace, home, temporary, commandFiles]) await mkdir(path);
  let starts = 0;

  const start = async (init: StepInit, states: ReadonlyMap<string, string>): Promise<StepEnd> => {
    starts += 1;
    const directory = join(commandFiles, String(starts));
    await mkdir(directory);
    const files = {
      output: join(directory, 'output'),
      state: join(directory, 'state'),
      summary: join(directory, 'summary'),
      env: join(directory, 'env'),
    };
    for (const path of Object.values(files)) await writeFile(path, '');
    const eventPath = join(directory, 'event.json');
    await writeFile(eventPath, JSON.stringify(init.event ?? {}));
    const env = {
      ...jobEnvironment({ workspace, home, temporary }),
      GITHUB_EVENT_PATH: eventPath,
      GITHUB_OUTPUT: files.output,
      GITHUB_STATE: files.state,
      GITHUB_STEP_SUMMARY: files.summary,
      GITHUB_ENV: files.env,
      ...inputVariables(init.inputs ?? {}),
      ...Object.fromEntries([...states].map(([name, value]) => [`STATE_${name}`, value])),
      ...init.env,
    };
    const ended = await runProcess([join(await bundleDirectory(), 'index.cjs')], { env, cwd: workspace }, init.onStart);
    return {
      ...ended,
      ...readWorkflowLog(ended.stdout),
      outputs: readFileCommands(await readFile(files.output, 'utf8')),
      states: readFileCommands(await readFile(files.state, 'utf8')),
      summary: await readFile(files.summary, 'utf8'),
      environment: await readFile(files.env, 'utf8'),
    };
  };

  return {
    workspace,
    home,
    temporary,
    commandFiles,
    run: (init) => start(init, new Map()),
    post: (main, init = {}) => start(init, main.states),
    close: () => rm(root, { recursive: true }),
  };
}

function jobEnvironment(paths: { readonly workspace: string; readonly home: string; readonly temporary: string }) {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: paths.home,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'ann',
    GITHUB_API_URL: 'http://127.0.0.1:9/api',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REF: 'refs/tags/v1.2.3',
    GITHUB_REF_NAME: 'v1.2.3',
    GITHUB_REF_TYPE: 'tag',
    GITHUB_REPOSITORY: 'acme/web',
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_SHA: jobCommit,
    GITHUB_WORKSPACE: paths.workspace,
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: paths.temporary,
  };
}

/** Variables of the inputs, with the defaults of action.yml as the runner fills them in. */
function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const { inputs: listed } = parse(readText('action.yml')) as { inputs: Record<string, { default?: string }> };
  const defaults = Object.entries(listed).map(([name, { default: preset = '' }]) => {
    return [name, preset.includes('github.token') ? 'ghs_token_of_the_job' : preset];
  });
  const all = { ...Object.fromEntries(defaults), ...inputs };
  return Object.fromEntries(
    Object.entries(all).map(([name, text]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, String(text)]),
  );
}

function runProcess(
  words: readonly string[],
  options: { readonly env: Record<string, string>; readonly cwd: string },
  onStart: ((child: ChildProcess) => void) | undefined,
): Promise<Pick<StepEnd, 'exitCode' | 'signal' | 'stdout' | 'stderr'>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (exitCode, signal) =>
      resolve({ exitCode, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
    onStart?.(child);
  });
}
