/** What of the copy benchmark is to run. */
import { parseArgs } from 'node:util';
import { type PeerName, peerNames } from './contestant.ts';
import { type CaseName, type CopySizes, caseNames, fullSizes, quickSizes } from './copy-case.ts';

/** The cases by name, and the comparison of memory. */
export const partNames = [...caseNames, 'memory'] as const;
export type PartName = CaseName | 'memory';

export interface BenchFlags {
  readonly peers: readonly PeerName[];
  readonly parts: readonly PartName[];
  readonly sizes: CopySizes;
  /** Everybody, everything, in full size: the only run that is kept. */
  readonly isWhole: boolean;
  /** Sizes are such that times and memory mean something. */
  readonly isTimed: boolean;
}

export const copyUsage = `copy [--quick] [--only ${partNames.join(',')}] [--peers ${peerNames.join(',')}] [--rounds N]`;

/** A person's own measurement has no more rounds than this: the disk is written to in each. */
const roundsMax = 100;

/**
 * The words after `copy`.
 * @throws Error that names the word it does not know.
 */
export function parseBenchFlags(words: readonly string[]): BenchFlags {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...words],
    options: { quick: { type: 'boolean' }, only: text, peers: text, rounds: text },
  });
  const usual = values.quick ? quickSizes : fullSizes;
  return {
    peers: values.peers === undefined ? peerNames : parseNames(values.peers, peerNames),
    parts: values.only === undefined ? partNames : parseNames(values.only, partNames),
    sizes: values.rounds === undefined ? usual : { ...usual, rounds: parseRounds(values.rounds) },
    isWhole: words.length === 0,
    isTimed: values.quick !== true,
  };
}

function parseNames<Name extends string>(text: string, known: readonly Name[]): readonly Name[] {
  return text.split(',').map((word) => {
    const name = known.find((one) => one === word);
    if (name === undefined) throw new Error(`unknown: ${word} (known: ${known.join(', ')})`);
    return name;
  });
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= roundsMax) return rounds;
  throw new Error(`rounds are 1 to ${roundsMax}: ${text}`);
}
