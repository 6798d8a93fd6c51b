/** What of the registry benchmark is to run. */
import { parseArgs } from 'node:util';
import { type PeerName, peerNames } from './contestant.ts';
import { type CaseName, caseNames, fullSizes, quickSizes, type RegistrySizes } from './registry-row.ts';
import { fullScale, quickScale, type ScaleSizes } from './scale/scale-sizes.ts';

/** The cases by name, and the curve of size. */
export const partNames = [...caseNames, 'scale'] as const;
export type PartName = CaseName | 'scale';

export interface RegistryFlags {
  /** Undefined: all that are on this machine. */
  readonly peers: readonly PeerName[] | undefined;
  readonly parts: readonly PartName[];
  readonly sizes: RegistrySizes;
  readonly scale: ScaleSizes;
  /** Everybody, everything, in full size: the only run that is kept. */
  readonly isWhole: boolean;
  /** Sizes are such that rates mean something. */
  readonly isTimed: boolean;
}

export const registryUsage = `registry [--quick] [--only ${partNames.join(',')}] [--peers ${peerNames.join(',')}|none] [--rounds N]`;

/** A person's own measurement has no more rounds than this: the disk is written to in each. */
const roundsMax = 100;

/**
 * The words after `registry`.
 * @throws Error that names the word it does not know.
 */
export function parseRegistryFlags(words: readonly string[]): RegistryFlags {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...words],
    options: { quick: { type: 'boolean' }, only: text, peers: text, rounds: text },
  });
  const usual = values.quick ? quickSizes : fullSizes;
  return {
    peers: parsePeers(values.peers),
    parts: values.only === undefined ? partNames : parseNames(values.only, partNames),
    sizes: values.rounds === undefined ? usual : { ...usual, rounds: parseRounds(values.rounds) },
    scale: values.quick ? quickScale : fullScale,
    isWhole: words.length === 0,
    isTimed: values.quick !== true,
  };
}

function parsePeers(text: string | undefined): readonly PeerName[] | undefined {
  if (text === 'none') return [];
  return text === undefined ? undefined : parseNames(text, peerNames);
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
