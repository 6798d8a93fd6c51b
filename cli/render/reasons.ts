/** Why something was refused: every reason with its way out. */
import type { Reason } from '../../api/reason.ts';
import { glyph } from './glyph.ts';
import type { Look } from './look.ts';
import { printable } from './width.ts';

/** Two lines for each reason. Ends with a line break. */
export function renderReasons(reasons: readonly Reason[], look: Look): string {
  const { palette } = look;
  const count = `${reasons.length} ${reasons.length === 1 ? 'reason' : 'reasons'}`;
  const lines = reasons.flatMap((reason) => [
    `  ${palette.red(glyph('wrong', look))} ${palette.bold(printable(reason.code))}  ${printable(reason.message)}`,
    `    ${palette.dim('way out:')} ${printable(reason.wayOut)}`,
  ]);
  return [palette.red(`refused, ${count}`), ...lines].map((line) => `${line}\n`).join('');
}
