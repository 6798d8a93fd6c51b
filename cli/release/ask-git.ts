/** Asking git on the machine of whoever types. */
import { askProgram } from '../../release/builders/program/ask-program.ts';
import type { RunGit } from '../../release/surroundings/run-git.ts';
import type { Shell } from '../shell.ts';

/** Runs git in the shell's directory with the environment; ended with the command. */
export function openGit({ cwd, signal }: Pick<Shell, 'cwd' | 'signal'>, env: Shell['env']): RunGit {
  return async (args) => {
    const asked = await askProgram('git', args, { cwd, signal, env });
    return asked.kind === 'answered' ? asked.answer.replace(/\r?\n$/, '') : undefined;
  };
}
