/** One cell of the matrix as lines: what is current, in what state and since when, and what hangs over it. */
import type { EnvironmentStatus } from '../../api/status.ts';
import { formatAge } from './age.ts';
import { chipOf } from './chip.ts';
import { formatDigest } from './digest.ts';
import { glyph } from './glyph.ts';
import type { Line, Segment } from './line.ts';
import type { Look } from './look.ts';
import { printable } from './width.ts';

export interface MatrixCell {
  /** Version and short digest. */
  readonly release: Line;
  /** State chip and age. */
  readonly state: Line;
  /** Hold, and the promotion under way or the one that ended badly; none for most cells. */
  readonly remarks: readonly Line[];
}

/** The cell of one environment; `versionWidth` lines the digests of a column up. */
export function matrixCell(status: EnvironmentStatus, versionWidth: number, now: number, look: Look): MatrixCell {
  const chip = chipOf(status, look);
  const age = status.state === 'empty' ? '' : formatAge(status.since, now);
  return {
    release: releaseLine(status, versionWidth, look),
    state: age === '' ? [chip] : [chip, { text: `  ${age}`, paint: look.palette.dim }],
    remarks: [...holdRemark(status, look), ...promotionRemark(status, look)],
  };
}

/** The version as the cell shows it: a dash where nothing is current. */
export function shownVersion(status: EnvironmentStatus): string {
  if (status.version !== undefined) return printable(status.version);
  return status.digest === undefined ? '-' : 'untagged';
}

function releaseLine(status: EnvironmentStatus, versionWidth: number, look: Look): Line {
  const version = shownVersion(status);
  if (status.digest === undefined) return [{ text: version, paint: look.palette.dim }];
  return [
    { text: version.padEnd(versionWidth), paint: look.palette.bold },
    { text: `  ${formatDigest(status.digest)}`, paint: look.palette.dim },
  ];
}

function holdRemark(status: EnvironmentStatus, look: Look): readonly Line[] {
  if (status.hold === undefined) return [];
  return [[{ text: `${glyph('held', look)} held by ${printable(status.hold.by)}`, paint: look.palette.yellow }]];
}

function promotionRemark(status: EnvironmentStatus, look: Look): readonly Line[] {
  const { promotion } = status;
  if (promotion === undefined) return [];
  const release = printable(promotion.version ?? formatDigest(promotion.digest));
  const remark = (segment: Segment): readonly Line[] => [[segment]];
  switch (promotion.state) {
    case 'requested':
    case 'waiting':
    case 'copying':
    case 'proving':
    case 'moving':
      return remark({ text: `${glyph('arrow', look)} ${release} ${promotion.state}`, paint: look.palette.cyan });
    case 'failed':
      return remark({ text: `${glyph('wrong', look)} ${release} failed`, paint: look.palette.red });
    case 'refused':
    case 'cancelled':
    case 'superseded':
      return remark({ text: `${glyph('warning', look)} ${release} ${promotion.state}`, paint: look.palette.yellow });
    case 'promoted':
      return [];
  }
}
