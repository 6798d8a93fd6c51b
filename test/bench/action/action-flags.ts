/** What of the benchmark of the Action is to run. */
import { parseArgs } from 'node:util';
import { type ActionSizes, fullSizes, quickSizes } from './action-sizes.ts';

export const partNames = ['start', 'release', 'overhead'] as const;
export type PartName = (typeof partNames)[number];

export interface ActionFlags {
  readonly parts: readonly PartName[];
  readonly sizes: ActionSizes;
  /** Everything in full size: the only run that is kept. */
  readonly isWhole: boolean;
  /** Sizes are such that times mean something. */
  readonly isTimed: boolean;
}

export const actionUsage = `action [--quick] [--only ${partNames.join(',')}] [--rounds N]`;

/** A person's own measurement has no more rounds than this. */
const roundsMax = 100;

/**
 * The words after `action`.
 * @throws Error that names the word it does not know.
 */
export function parseActionFlags(words: readonly string[]): ActionFlags {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...words], options: { quick: { type: 'boolean' }, only: text, rounds: text } });
  const usual = values.quick ? quickSizes : fullSizes;
  return {
    parts: values.only === undefined ? partNames : values.only.split(',').map(parsePart),
    sizes: values.rounds === undefined ? usual : { ...usual, rounds: parseRounds(values.rounds) },
    isWhole: words.length === 0,
    isTimed: values.quick !== true,
  };
}

function parsePart(word: string): PartName {
  const name = partNames.find((one) => one === word);
  if (name === undefined) throw new Error(`unknown: ${word} (known: ${partNames.join(', ')})`);
  return name;
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= roundsMax) return rounds;
  throw new Error(`rounds are 1 to ${roundsMax}: ${text}`);
}
