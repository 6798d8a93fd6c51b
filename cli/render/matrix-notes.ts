/** What in the matrix wants attention, in whole sentences: holds, drift, failures, registries that do not answer. */
import type { EnvironmentStatus, StatusMatrix } from '../../api/status.ts';
import { formatAge } from './age.ts';
import type { Paint } from './colour.ts';
import { formatDigest } from './digest.ts';
import { type Glyph, glyph } from './glyph.ts';
import type { Look } from './look.ts';
import { printable } from './width.ts';

/** One line for each thing; an empty text when there is none. */
export function renderMatrixNotes(matrix: StatusMatrix, now: number, look: Look): string {
  return matrix.apps
    .flatMap((app) => app.environments.flatMap((status) => notesOf(app.app, status, now, look)))
    .map((line) => `${line}\n`)
    .join('');
}

function notesOf(app: string, status: EnvironmentStatus, now: number, look: Look): readonly string[] {
  const { palette } = look;
  const place = printable(`${app} in ${status.environment}`);
  const note = (sign: Glyph, paint: Paint, text: string) => `${paint(glyph(sign, look))} ${printable(text)}`;
  const notes: string[] = [];
  if (status.hold !== undefined) {
    const { by, reason, since } = status.hold;
    notes.push(note('held', palette.yellow, `${place} is held by ${by} (${formatAge(since, now)}): ${reason}`));
  }
  if (status.drift !== undefined) {
    const { expected, found } = status.drift;
    const text = `${place} drifted: expected ${formatDigest(expected)}, found ${formatDigest(found)}`;
    notes.push(note('warning', palette.yellow, text));
  }
  if (status.error !== undefined) {
    const { code, message, wayOut } = status.error;
    notes.push(note('wrong', palette.red, `${place}: ${code}: ${message}; ${wayOut}`));
  }
  const failure = status.promotion?.error;
  if (failure !== undefined) {
    const { kind, state } = status.promotion ?? {};
    const text = `${kind} of ${place} ${state}: ${failure.code}: ${failure.message}; ${failure.wayOut}`;
    notes.push(note(state === 'failed' ? 'wrong' : 'warning', state === 'failed' ? palette.red : palette.yellow, text));
  }
  return notes;
}
