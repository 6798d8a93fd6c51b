/** What a verb sees of the world outside: outputs, environment, clock, somebody to ask. Built in main.ts and in tests. */
import type { Look } from './render/look.ts';

/** Where text goes. */
export interface Output {
  write(text: string): void;
  readonly isTty: boolean;
  /** How it looks now; the width follows the terminal. */
  look(): Look;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Shell {
  /** Data: what a pipe should receive. */
  readonly stdout: Output;
  /** Talk: plans, progress, questions, errors. */
  readonly stderr: Output;
  readonly env: Environment;
  readonly cwd: string;
  /** Version of Node.js that runs this, such as 24.21.0. */
  readonly nodeVersion: string;
  /** Asks on the terminal; undefined when there is nobody to ask. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** The same, and what is typed is not shown. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
  /** All that comes on the standard input. */
  readonly readInput: () => Promise<string>;
  /** Aborted when the caller wants out (Ctrl-C, SIGTERM). */
  readonly signal: AbortSignal;
  now(): number;
  newId(): string;
}
