/** The history of a tag as text: one line for each move, the newest first. */
import type { TagHistory, ToldTagMove } from '../../api/registry/tag-history.ts';
import { formatAge } from './age.ts';
import { countOf } from './count.ts';
import { formatDigest } from './digest.ts';
import { type Line, lineOf } from './line.ts';
import type { Look } from './look.ts';
import { renderTable } from './table.ts';
import { printable } from './width.ts';

/** A heading with what the tag names, then its moves. Ends with a line break. */
export function renderTagHistory(history: TagHistory, now: number, look: Look): string {
  const { repository, tag, digest, damaged, moves } = history;
  const names = damaged ? look.palette.red('damaged: nobody knows what it names') : (digest ?? 'removed');
  const title = `${look.palette.bold(printable(`${repository}:${tag}`))}  ${names}`;
  if (moves.length === 0) return `${title}\n\nno moves ${damaged ? 'that can be read' : 'yet'}\n`;
  const rows = moves.flatMap((move, at) => [...gapRow(moves[at - 1], move, look), moveRow(move, now, look)]);
  return `${title}\n\n${renderTable([heading(look), ...rows], { ...look, columns: undefined })}`;
}

/** What a move did, such as `9f86d081884c → 60303ae22b99`; arrows where they print. */
export function formatTagMove(from: string | undefined, to: string | undefined, look: Look): string {
  return `${formatDigest(from) || 'nothing'} ${look.unicode ? '→' : '->'} ${formatDigest(to) || 'nothing'}`;
}

/** A tag that lost what it needs names the same as before. */
function formatMove({ from, to, lost }: ToldTagMove, look: Look): string {
  return lost === undefined ? formatTagMove(from, to, look) : `${formatDigest(to)} lost ${formatDigest(lost)}`;
}

function heading(look: Look): readonly Line[] {
  return ['nr', 'from and to', 'how', 'age', 'by', 'reason'].map((name) => lineOf(name, look.palette.dim));
}

/** Numbers have no gaps but where moves were lost. */
function gapRow(later: ToldTagMove | undefined, { number }: ToldTagMove, look: Look): readonly (readonly Line[])[] {
  const lost = (later?.number ?? number + 1) - number - 1;
  if (lost <= 0) return [];
  return [[lineOf(''), lineOf(`${countOf(lost, 'move')} that cannot be read`, look.palette.red)]];
}

function moveRow(move: ToldTagMove, now: number, look: Look): readonly Line[] {
  const { palette } = look;
  const broken = move.overrode === undefined ? '' : ', break-glass';
  return [
    lineOf(String(move.number), palette.bold),
    lineOf(formatMove(move, look)),
    lineOf(`${move.how}${broken}`, broken === '' ? palette.dim : palette.yellow),
    lineOf(formatAge(move.at, now), palette.dim),
    lineOf(printable(move.by)),
    lineOf(printable(move.reason ?? move.command ?? ''), palette.dim),
  ];
}
