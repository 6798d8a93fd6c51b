/** Asking a person on the terminal, one line at a time. */
import { createInterface } from 'node:readline/promises';
import type { Shell } from './shell.ts';

export interface AskParts {
  readonly input: NodeJS.ReadableStream;
  /** Where the question is written: stderr, so that a redirected stdout stays clean. */
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** Called for Ctrl-C, which the line editor takes for itself while it waits. */
  onInterrupt(): void;
}

/** A function that asks; the end of the input is an empty answer. */
export function openAsk(parts: AskParts): NonNullable<Shell['ask']> {
  return async (question) => {
    const lines = createInterface({ input: parts.input, output: parts.output, terminal: true });
    lines.on('SIGINT', () => parts.onInterrupt());
    const ended = new Promise<string>((resolve) => {
      lines.once('close', () => {
        parts.output.write('\n');
        resolve('');
      });
    });
    try {
      return await Promise.race([lines.question(question, { signal: parts.signal }), ended]);
    } finally {
      lines.removeAllListeners('close');
      lines.close();
    }
  };
}
