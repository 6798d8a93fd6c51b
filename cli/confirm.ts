/** Asking before something changes: on a terminal a person, elsewhere nobody, never in silence. */
import { InputError } from '../errors/errors.ts';
import type { Shell } from './shell.ts';

/**
 * Ends a changing verb before it begins when nobody could confirm it.
 * @throws InputError CONFIRMATION_NEEDED without `--yes` where there is no terminal.
 */
export function assertConfirmable(shell: Shell, yes: boolean, change: string): void {
  if (yes || shell.ask !== undefined) return;
  throw new InputError({
    code: 'CONFIRMATION_NEEDED',
    message: `nobody to ask for confirmation, this is no terminal: ${change}`,
  });
}

/** Whether the person says yes to a question; anything but y or yes is a no. */
export async function confirmYes(shell: Shell, question: string): Promise<boolean> {
  const answer = await askLine(shell, `${question} [y/N]`);
  return /^y(es)?$/i.test(answer);
}

/** Whether the person types the expected word, as one does before something that hurts. */
export async function confirmWord(shell: Shell, question: string, word: string): Promise<boolean> {
  return (await askLine(shell, question)) === word;
}

/**
 * One line from the person, without blanks around it.
 * @throws InputError CONFIRMATION_NEEDED where there is no terminal.
 */
export async function askLine(shell: Shell, question: string): Promise<string> {
  if (shell.ask === undefined) {
    throw new InputError({ code: 'CONFIRMATION_NEEDED', message: `nobody to ask, this is no terminal: ${question}` });
  }
  return (await shell.ask(`${question} `)).trim();
}
