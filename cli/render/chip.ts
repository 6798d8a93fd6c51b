/** The state chip of a matrix cell: one sign and one or two words. */
import type { EnvironmentStatus } from '../../api/status.ts';
import { glyph } from './glyph.ts';
import type { Segment } from './line.ts';
import type { Look } from './look.ts';

/** What state an environment is in, painted by how much it wants attention. */
export function chipOf(status: EnvironmentStatus, look: Look): Segment {
  const { palette } = look;
  switch (status.state) {
    case 'empty':
      return { text: `${glyph('empty', look)} empty`, paint: palette.dim };
    case 'current':
      return { text: `${glyph('current', look)} current`, paint: palette.green };
    case 'promoting':
      return { text: `${glyph('moving', look)} ${movement(status)}`, paint: palette.cyan };
    case 'drifted':
      return { text: `${glyph('warning', look)} drifted`, paint: palette.yellow };
    case 'unreachable':
      return { text: `${glyph('wrong', look)} unreachable`, paint: palette.red };
  }
}

function movement(status: EnvironmentStatus): string {
  const word = status.promotion?.kind === 'rollback' ? 'rolling back' : 'promoting';
  const progress = status.promotion?.progress;
  if (progress === undefined || progress.bytesTotal === 0) return word;
  return `${word} ${Math.floor((100 * progress.bytesCopied) / progress.bytesTotal)} %`;
}
