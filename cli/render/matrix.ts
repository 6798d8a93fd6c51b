/** The environment matrix as text: apps down, environments across; below it everything that wants attention. */
import type { EnvironmentStatus, StatusMatrix } from '../../api/status.ts';
import { glyph } from './glyph.ts';
import { fitLine, type Line, lineOf, lineWidth, paintLine } from './line.ts';
import type { Look } from './look.ts';
import { type MatrixCell, matrixCell, shownVersion } from './matrix-cell.ts';
import { renderMatrixNotes } from './matrix-notes.ts';
import { renderTable } from './table.ts';
import { printable } from './width.ts';

const gap = '  ';

/** A remark wider than this is cut in the grid, rather than widen its column; the notes say it whole. */
const remarkColumnsMax = 26;

/** The matrix: a grid where it fits the width, else one block for each app. Ends with a line break. */
export function renderMatrix(matrix: StatusMatrix, now: number, look: Look): string {
  const widths = matrix.environments.map((environment) => versionWidth(cellsOf(matrix, environment)));
  const grid = renderGrid(rowsOf(matrix, widths, now, look), matrix.environments, look);
  const body = grid ?? renderBlocks(matrix, now, look);
  const notes = renderMatrixNotes(matrix, now, look);
  return notes === '' ? body : `${body}\n${notes}`;
}

interface MatrixRow {
  readonly app: string;
  readonly cells: readonly MatrixCell[];
}

const emptyCell: MatrixCell = { release: [{ text: '-' }], state: [], remarks: [] };

/** The rows, with the digests of each column lined up behind versions of the given widths. */
function rowsOf(matrix: StatusMatrix, widths: readonly number[], now: number, look: Look): readonly MatrixRow[] {
  return matrix.apps.map((app) => ({
    app: printable(app.app),
    cells: matrix.environments.map((environment, column) => {
      const status = app.environments.find((one) => one.environment === environment);
      return status === undefined ? emptyCell : matrixCell(status, widths[column] ?? 0, now, look);
    }),
  }));
}

function versionWidth(cells: readonly EnvironmentStatus[]): number {
  return Math.max(1, ...cells.map((status) => shownVersion(status).length));
}

function cellsOf(matrix: StatusMatrix, environment: string): readonly EnvironmentStatus[] {
  return matrix.apps.flatMap((app) => app.environments.filter((one) => one.environment === environment));
}

/** The grid, or undefined when it is wider than the output. */
function renderGrid(rows: readonly MatrixRow[], environments: readonly string[], look: Look): string | undefined {
  const appWidth = Math.max('app'.length, ...rows.map((row) => row.app.length));
  const widths = environments.map((environment, column) =>
    Math.max(environment.length, ...rows.map((row) => cellWidth(row.cells[column] ?? emptyCell))),
  );
  const total = widths.reduce((sum, width) => sum + gap.length + width, appWidth);
  if (total > (look.columns ?? Number.POSITIVE_INFINITY)) return undefined;

  const all = [appWidth, ...widths];
  const heading = ['app', ...environments].map((text) => lineOf(text, look.palette.bold));
  const rule = all.map((width) => lineOf(glyph('rule', look).repeat(width), look.palette.dim));
  const body = rows.flatMap((row, index) => {
    const lines = rowLines(row, widths, look);
    const multiline = rows.some((one) => one.cells.some((cell) => cell.remarks.length > 0));
    return index > 0 && multiline ? [[], ...lines] : lines;
  });
  return [heading, rule, ...body].map((line) => `${joinCells(line, all)}\n`).join('');
}

function cellWidth(cell: MatrixCell): number {
  const remarks = cell.remarks.map((remark) => Math.min(remarkColumnsMax, lineWidth(remark)));
  return Math.max(lineWidth(cell.release), lineWidth(cell.state), ...remarks);
}

/** The lines of one app, each with its name or nothing first and then one piece for every environment. */
function rowLines(row: MatrixRow, widths: readonly number[], look: Look): readonly (readonly Line[])[] {
  const columns = row.cells.map((cell, column) => [
    cell.release,
    cell.state,
    ...cell.remarks.map((remark) => fitLine(remark, widths[column] ?? 0, look.unicode)),
  ]);
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => [
    line === 0 ? lineOf(row.app, look.palette.bold) : [],
    ...columns.map((lines) => lines[line] ?? []),
  ]);
}

function joinCells(cells: readonly Line[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => paintLine(cell, widths[column]))
    .join(gap)
    .trimEnd();
}

function renderBlocks(matrix: StatusMatrix, now: number, look: Look): string {
  const { environments } = matrix;
  const width = versionWidth(matrix.apps.flatMap((app) => app.environments));
  const widths = environments.map(() => width);
  return rowsOf(matrix, widths, now, look)
    .map((row) => {
      const lines = row.cells.map((cell, column) => [
        lineOf(''),
        lineOf(environments[column] ?? ''),
        cell.release,
        cell.state,
        cell.remarks.flatMap((remark, index) => (index === 0 ? remark : [{ text: gap }, ...remark])),
      ]);
      return `${look.palette.bold(row.app)}\n${indent(renderTable(lines, narrowed(look)))}`;
    })
    .join('\n');
}

function narrowed(look: Look): Look {
  return look.columns === undefined ? look : { ...look, columns: look.columns - gap.length };
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, gap);
}
