/** The signs that stand before a state, each with a spelling for terminals that show ASCII only. */
import type { Look } from './look.ts';

const glyphs = {
  current: ['●', '*'],
  empty: ['○', 'o'],
  moving: ['◐', '>'],
  held: ['■', '='],
  warning: ['▲', '!'],
  wrong: ['✗', 'x'],
  right: ['✓', '+'],
  here: ['▶', '>'],
  arrow: ['→', '->'],
  rule: ['─', '-'],
  full: ['█', '#'],
  vacant: ['░', '.'],
} as const;

export type Glyph = keyof typeof glyphs;

/** The sign as the output can show it. */
export function glyph(name: Glyph, look: Look): string {
  const [unicode, ascii] = glyphs[name];
  return look.unicode ? unicode : ascii;
}
