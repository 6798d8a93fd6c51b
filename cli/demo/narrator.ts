/** The voice of the demo: what each step does, what one would type for it, how long it took. */
import { formatSpan } from '../render/age.ts';
import { glyph } from '../render/glyph.ts';
import { printable } from '../render/width.ts';
import type { Output } from '../shell.ts';

export interface Step {
  readonly title: string;
  /** What one would type to do the same. */
  readonly commands: readonly string[];
}

/** A step that is over. */
export interface StepRecord {
  readonly title: string;
  readonly commands: readonly string[];
  readonly tookMs: number;
}

export interface Narrator {
  readonly records: readonly StepRecord[];
  /** Says what happens, does it, says what came of it and how long it took. */
  step<Value>(step: Step, work: () => Promise<Value>, tell: (value: Value) => string): Promise<Value>;
  /** Prints below the step. */
  show(text: string): void;
}

/** A narrator who counts up to `total` steps. */
export function openNarrator(output: Output, total: number, now: () => number): Narrator {
  const records: StepRecord[] = [];
  const show = (text: string) => output.write(text.replace(/^(?=.)/gm, '      '));
  return {
    records,
    show,
    step: async ({ title, commands }, work, tell) => {
      const look = output.look();
      const { palette } = look;
      const number = `[${records.length + 1}/${total}]`.padEnd(6);
      output.write(`\n${palette.cyan(number)}${palette.bold(printable(title))}\n`);
      for (const command of commands) show(`${palette.dim(`$ ${printable(command)}`)}\n`);
      const startedAt = now();
      const value = await work();
      const tookMs = now() - startedAt;
      records.push({ title, commands, tookMs });
      show(`${palette.green(glyph('right', look))} ${tell(value)}${palette.dim(` (${formatSpan(tookMs)})`)}\n`);
      return value;
    },
  };
}
