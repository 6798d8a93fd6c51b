/** A terminal to type commands into: what runs there sees a person. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from './wait-until.ts';

export interface TerminalOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Words before the program that makes the terminal. */
  readonly enter?: readonly string[];
}

export interface TypedCommand {
  /** Everything that was shown so far, without carriage returns. */
  shown(): string;
  /** Waits until that contains the text, then types the answer. */
  answer(question: string, text: string): Promise<void>;
  /** Waits for the end. */
  ended(): Promise<{ readonly code: number; readonly shown: string }>;
  /** Closes the terminal: whatever still runs in it is hung up. */
  close(): Promise<void>;
}

/** Wide enough that nothing is shortened. */
const columns = 120;

export const controlC = '\u0003';

/** Types a command line of the shell, redirections and all. */
export function typeCommand(line: string, options: TerminalOptions): TypedCommand {
  const typed = ['script', '--quiet', '--flush', '--return', '--command', `stty cols ${columns}; ${line}`, '/dev/null'];
  const [program = '', ...words] = [...(options.enter ?? []), ...typed];
  const child = spawn(program, words, { cwd: options.cwd, env: options.env, stdio: 'pipe' });
  const gone = once(child, 'close');
  let text = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      text += chunk;
    });
  }
  const shown = () => text.replaceAll('\r', '');
  return {
    shown,
    answer: async (question, reply) => {
      await waitUntil(`${line} shows ${question}`, async () => {
        if (child.exitCode !== null) throw new Error(`${line} ended: ${shown()}`);
        return shown().includes(question);
      });
      child.stdin.write(reply);
    },
    ended: async () => {
      const [code] = await gone;
      return { code: Number(code), shown: shown() };
    },
    close: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
