/** Rows in columns, two blanks apart; what does not fit the width is cut from the last column. */
import { fitLine, type Line, lineWidth, paintLine } from './line.ts';
import type { Look } from './look.ts';

const gap = 2;

/** The rows as text, one line each; columns that are empty in every row are left out. */
export function renderTable(rows: readonly (readonly Line[])[], look: Look): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(0, ...rows.map((row) => lineWidth(row[column] ?? []))),
  );
  return rows.map((row) => `${renderRow(row, widths, look)}\n`).join('');
}

function renderRow(row: readonly Line[], widths: readonly number[], look: Look): string {
  let text = '';
  let used = 0;
  for (const [column, width] of widths.entries()) {
    if (width === 0) continue;
    const left = (look.columns ?? Number.POSITIVE_INFINITY) - used;
    if (left <= 0) break;
    text += paintLine(fitLine(row[column] ?? [], left, look.unicode), Math.min(width, left)) + ' '.repeat(gap);
    used += width + gap;
  }
  return text.trimEnd();
}
