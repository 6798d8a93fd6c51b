/** The password of a user who is added: typed twice where nobody sees it, or from the standard input; never a flag's value. */
import { InputError } from '../../errors/errors.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';

/**
 * The password, without the line's end that comes behind it on standard input.
 * @throws InputError REQUEST_INVALID where there is no terminal, or when the second typing differs from the first.
 */
export async function readPassword(shell: Shell, name: string, fromInput: boolean): Promise<string> {
  if (fromInput) return (await shell.readInput()).replace(/\r?\n$/, '');
  if (shell.askSecret === undefined) {
    throw new InputError({
      code: 'REQUEST_INVALID',
      message: `nobody to ask for the password of ${name}, this is no terminal`,
      wayOut: 'add --password-stdin, and give the password on standard input',
    });
  }
  const password = await shell.askSecret(`password of ${printable(name)}: `);
  if (password === (await shell.askSecret('once more: '))) return password;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: `the password of ${name} was typed differently the second time`,
    wayOut: 'repeat the command',
  });
}
