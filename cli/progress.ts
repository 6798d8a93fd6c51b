/** Progress on an output: a bar that redraws itself on a terminal, a plain line now and then elsewhere. */
import { formatBytes } from './render/bytes.ts';
import { renderProgressBar } from './render/progress-bar.ts';
import type { Output } from './shell.ts';

/** Shortest time between two drawings of the bar, in milliseconds: what an eye can follow. */
const redrawMs = 80;

/** Shortest time between two plain lines of the same step, in milliseconds: a log should stay readable. */
const plainLineMs = 5000;

export interface ProgressStep {
  readonly label: string;
  readonly bytesDone: number;
  /** Zero when there is nothing to measure, or it is not known yet. */
  readonly bytesTotal: number;
  /** More to say where there is room for it. */
  readonly note?: string;
}

export interface Progress {
  show(step: ProgressStep): void;
  /** Takes the bar away; what is printed afterwards starts on a line of its own. */
  close(): void;
}

/** Progress that nobody has seen yet. */
export function openProgress(output: Output, now: () => number): Progress {
  return output.isTty ? openBar(output, now) : openLines(output, now);
}

function openBar(output: Output, now: () => number): Progress {
  let drawn = '';
  let drawnAt = 0;
  let current: { readonly label: string; readonly since: number } | undefined;
  return {
    show: (step) => {
      const at = now();
      const isNew = current?.label !== step.label;
      if (isNew) current = { label: step.label, since: at };
      if (!isNew && at - drawnAt < redrawMs && step.bytesDone < step.bytesTotal) return;
      const bar = renderProgressBar({ ...step, elapsedMs: at - (current?.since ?? at) }, output.look());
      if (bar === drawn) return;
      output.write(`\r\x1b[K${bar}`);
      drawn = bar;
      drawnAt = at;
    },
    close: () => {
      if (drawn !== '') output.write('\r\x1b[K');
      drawn = '';
    },
  };
}

function openLines(output: Output, now: () => number): Progress {
  let label: string | undefined;
  let writtenAt = 0;
  return {
    show: (step) => {
      const isNew = label !== step.label;
      if (!isNew && (step.bytesTotal === 0 || now() - writtenAt < plainLineMs)) return;
      label = step.label;
      writtenAt = now();
      // The first line says what begins: how much there is to do is often learnt only on the way.
      const sizes =
        isNew || step.bytesTotal === 0 ? '' : ` ${formatBytes(step.bytesDone)} of ${formatBytes(step.bytesTotal)}`;
      const note = isNew || step.note === undefined || step.note === '' ? '' : `, ${step.note}`;
      output.write(`${step.label}${sizes}${note}\n`);
    },
    close: () => undefined,
  };
}
