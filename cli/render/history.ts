/** The history of an app in an environment as text: newest release first, each with its mark. */
import { stripVTControlCharacters } from 'node:util';
import type { HistoryEntry, HistoryView } from '../../api/history.ts';
import { formatAge } from './age.ts';
import { formatDigest } from './digest.ts';
import { glyph } from './glyph.ts';
import { type Line, lineOf, type Segment } from './line.ts';
import type { Look } from './look.ts';
import { renderTable } from './table.ts';
import { displayWidth, printable, truncate } from './width.ts';

/** A heading, then one line for each release. Ends with a line break. */
export function renderHistory(view: HistoryView, now: number, look: Look): string {
  const title = look.palette.bold(printable(`${view.app} in ${view.environment}`));
  if (view.entries.length === 0) return `${title}\n\nno releases yet\n`;
  const rows = [heading(look), ...view.entries.map((entry) => entryRow(entry, now, look))];
  const wide = renderTable(withReasons(rows, view, look), { ...look, columns: undefined });
  if (fits(wide, look)) return `${title}\n\n${wide}`;
  // Where the reasons have no room beside the rest, each has a line of its own.
  const lines = renderTable(rows, look).split('\n');
  const below = view.entries.map((entry) => reasonLine(entry, look));
  const body = lines.flatMap((line, index) => [line, ...(below[index - 1] ?? [])]);
  return `${title}\n\n${body.join('\n')}`;
}

/** The rows with the reasons as their last column. */
function withReasons(rows: readonly (readonly Line[])[], view: HistoryView, look: Look): readonly (readonly Line[])[] {
  return rows.map((row, index) => {
    const entry = view.entries[index - 1];
    const reason = entry === undefined ? 'reason' : (entry.reason ?? '');
    return [...row, lineOf(printable(reason), look.palette.dim)];
  });
}

function fits(text: string, look: Look): boolean {
  const columns = look.columns ?? Number.POSITIVE_INFINITY;
  return text.split('\n').every((line) => displayWidth(stripVTControlCharacters(line)) <= columns);
}

function reasonLine(entry: HistoryEntry, look: Look): readonly string[] {
  if (entry.reason === undefined) return [];
  const width = (look.columns ?? Number.POSITIVE_INFINITY) - reasonIndent.length;
  return [reasonIndent + look.palette.dim(truncate(printable(entry.reason), width, look.unicode))];
}

/** Below the versions. */
const reasonIndent = ' '.repeat(7);

function heading(look: Look): readonly Line[] {
  const names = ['', 'nr', 'version', 'digest', 'kind', 'mark', 'age', 'by'];
  return names.map((name) => lineOf(name, look.palette.dim));
}

function entryRow(entry: HistoryEntry, now: number, look: Look): readonly Line[] {
  const { palette } = look;
  return [
    lineOf(entry.current ? glyph('here', look) : '', palette.green),
    lineOf(`r${entry.number}`, palette.bold),
    lineOf(printable(entry.version ?? '-'), entry.current ? palette.bold : undefined),
    lineOf(formatDigest(entry.digest), palette.dim),
    lineOf(entry.kind),
    marksOf(entry, look),
    lineOf(formatAge(entry.at, now), palette.dim),
    lineOf(printable(entry.by ?? '')),
  ];
}

/** Good or quarantined, and what else is unusual about the entry. */
function marksOf(entry: HistoryEntry, look: Look): Line {
  const { palette } = look;
  const marks: Segment[] = [];
  if (entry.good) marks.push({ text: `${glyph('right', look)} good`, paint: palette.green });
  if (entry.quarantined) marks.push({ text: `${glyph('wrong', look)} quarantined`, paint: palette.red });
  if (entry.direct) marks.push({ text: 'direct', paint: palette.yellow });
  if (!entry.receipted) marks.push({ text: 'no receipt', paint: palette.yellow });
  return marks.flatMap((mark, index) => (index === 0 ? [mark] : [{ text: ' ' }, mark]));
}
