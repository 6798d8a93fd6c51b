/** The doctor's findings as text: one line each, the way out below a problem. */
import type { Finding } from '../doctor/finding.ts';
import { glyph } from './glyph.ts';
import type { Look } from './look.ts';
import { displayWidth, printable } from './width.ts';

/** All findings, then how many problems there are. Ends with a line break. */
export function renderFindings(findings: readonly Finding[], look: Look): string {
  const { palette } = look;
  const width = Math.max(0, ...findings.map((finding) => displayWidth(printable(finding.name))));
  const lines = findings.flatMap((finding) => findingLines(finding, width, look));
  const count = findings.filter((finding) => finding.state === 'problem').length;
  const verdict =
    count === 0 ? palette.green('no problems') : palette.red(count === 1 ? '1 problem' : `${count} problems`);
  return `${lines.join('\n')}\n\n${verdict}\n`;
}

function findingLines(finding: Finding, width: number, look: Look): readonly string[] {
  const { palette } = look;
  const name = palette.bold(printable(finding.name).padEnd(width));
  switch (finding.state) {
    case 'ok':
      return [`${palette.green(glyph('right', look))} ${name}  ${printable(finding.message)}`];
    case 'skipped':
      return [`${palette.dim('-')} ${name}  ${palette.dim(printable(finding.message))}`];
    case 'problem': {
      const blank = ' '.repeat(width + 4);
      const message = finding.message.split('\n').map(printable).join(`\n${blank}`);
      return [
        `${palette.red(glyph('wrong', look))} ${name}  ${palette.red(finding.code)}: ${message}`,
        `${blank}${palette.dim('way out:')} ${printable(finding.wayOut)}`,
      ];
    }
  }
}
