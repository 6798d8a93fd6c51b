/** Colour of what is printed: eight ways to paint a text, or none when nobody wants colour. */

export type Paint = (text: string) => string;

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** One painter per colour; with colour off each returns its text as it came. */
export type Palette = Readonly<Record<keyof typeof codes, Paint>>;

/** The palette that paints, or the one that leaves every text alone. */
export function paletteFor(colour: boolean): Palette {
  return {
    bold: painter(codes.bold, colour),
    dim: painter(codes.dim, colour),
    red: painter(codes.red, colour),
    green: painter(codes.green, colour),
    yellow: painter(codes.yellow, colour),
    cyan: painter(codes.cyan, colour),
  };
}

/** Whether to colour an output: only a terminal, never a dumb one, never when NO_COLOR is set to anything. */
export function wantsColour(isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return isTty && env['TERM'] !== 'dumb';
}

function painter([open, close]: readonly [number, number], colour: boolean): Paint {
  return colour ? (text) => (text === '' ? '' : `\x1b[${open}m${text}\x1b[${close}m`) : (text) => text;
}
