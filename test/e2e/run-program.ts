/** Running other people's programs, and ours as they are run by people. */
import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The whole environment; this process's own when absent. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
  /** Standard input; empty when absent. */
  readonly input?: string | undefined;
}

/** Longest run of one program before it is killed: machines are slow and shared. */
const runMsMax = 120_000;

/** Runs it to its end, whatever that is. A program that is not there is an error. */
export function runProgram(program: string, words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { env = process.env, cwd, input = '' } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...words], { env, cwd, stdio: 'pipe', timeout: runMsMax, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    // A program that ends without reading what it is given is judged by how it ends.
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== null) return resolve({ code, stdout, stderr });
      reject(new Error(`${program} ${words.join(' ')}: ended by ${signal}\n${stdout}${stderr}`));
    });
    child.stdin.end(input);
  });
}

/** What it wrote on standard output, without blanks around it; any exit code but 0 is an error. */
export async function runToEnd(program: string, words: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, words, options);
  if (code === 0) return stdout.trim();
  throw new Error(`${program} ${words.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
}
