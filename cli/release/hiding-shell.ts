/** A shell on whose outputs secrets do not appear. */
import type { Output, Shell } from '../shell.ts';

/** The shell, with the outputs that are named writing nothing that `hide` takes out. */
export function hidingShell(
  shell: Shell,
  hide: (text: string) => string,
  outputs: readonly ('stdout' | 'stderr')[],
): Shell {
  const hiding = (output: Output): Output => ({ ...output, write: (text) => output.write(hide(text)) });
  return {
    ...shell,
    stdout: outputs.includes('stdout') ? hiding(shell.stdout) : shell.stdout,
    stderr: outputs.includes('stderr') ? hiding(shell.stderr) : shell.stderr,
  };
}
