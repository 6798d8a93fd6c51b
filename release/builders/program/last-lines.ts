/** The end of what a builder says, where the reason is when it fails. */

/** How many lines are kept: an excerpt of the Dockerfile and the message below it. */
const linesMax = 20;

/** Longest line that is kept whole, in characters. */
const lineCharactersMax = 1000;

export interface LastLines {
  add(line: string): void;
  /** The lines that are kept, the first ones first. */
  list(): readonly string[];
}

/** None yet. Lines without text are left out, and so is colour. */
export function openLastLines(): LastLines {
  const kept: string[] = [];
  return {
    add(line) {
      const plain = withoutColour(line).trimEnd();
      if (plain === '') return;
      kept.push(plain.length > lineCharactersMax ? `${plain.slice(0, lineCharactersMax)}…` : plain);
      if (kept.length > linesMax) kept.shift();
    },
    list: () => [...kept],
  };
}

/** Which of the lines says why: the last one that calls itself an error, else the last one. */
export function causeIn(lines: readonly string[]): string {
  const cause = lines.findLast((line) => /^(?:#\d+ )?(?:error|fatal)\b/i.test(line)) ?? lines.at(-1) ?? '';
  return cause.replace(/^(?:#\d+ )?error: ?/i, '').trim();
}

/** Without the sequences by which terminals are told colours. */
function withoutColour(line: string): string {
  return line.replaceAll(colour, '');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape begins what is taken out.
const colour = /\x1b\[[0-9;]*[A-Za-z]/g;
