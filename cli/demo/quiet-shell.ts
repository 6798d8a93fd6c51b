/** A shell whose outputs are kept instead of shown, so that the demo can run the real verbs and tell of them itself. */
import type { Output, Shell } from '../shell.ts';

export interface QuietShell {
  readonly shell: Shell;
  /** What the verb wrote as data. */
  data(): string;
  /** What the verb wrote as talk. */
  talk(): string;
}

/** The same shell with outputs of its own and nobody to ask. */
export function quieten(shell: Shell): QuietShell {
  const stdout = keep(shell.stdout);
  const stderr = keep(shell.stdout);
  return {
    shell: { ...shell, stdout: stdout.output, stderr: stderr.output, ask: undefined, askSecret: undefined },
    data: stdout.text,
    talk: stderr.text,
  };
}

function keep(model: Output) {
  let kept = '';
  const output: Output = {
    write: (text) => {
      kept += text;
    },
    isTty: false,
    look: () => model.look(),
  };
  return { output, text: () => kept };
}
