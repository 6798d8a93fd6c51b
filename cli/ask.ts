/** Asking a person on the terminal, one line at a time. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Shell } from './shell.ts';

export interface AskParts {
  readonly input: NodeJS.ReadableStream;
  /** Where the question is written: stderr, so that a redirected stdout stays clean. */
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** Called for Ctrl-C, which the line editor takes for itself while it waits. */
  onInterrupt(): void;
  /** Whether what is typed is not shown. */
  readonly isSecret?: boolean;
}

/** A function that asks; the end of the input is an empty answer. */
export function openAsk(parts: AskParts): NonNullable<Shell['ask']> {
  const { input, output, signal, isSecret = false } = parts;
  return async (question) => {
    // The line editor writes the question and each character typed; of a secret only the question may be seen.
    const lines = createInterface({ input, output: isSecret ? nowhere() : output, terminal: true });
    if (isSecret) output.write(question);
    lines.on('SIGINT', () => parts.onInterrupt());
    const ended = new Promise<string>((resolve) => {
      lines.once('close', () => {
        if (!isSecret) output.write('\n');
        resolve('');
      });
    });
    try {
      return await Promise.race([lines.question(question, { signal }), ended]);
    } finally {
      if (isSecret) output.write('\n');
      lines.removeAllListeners('close');
      lines.close();
    }
  };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
