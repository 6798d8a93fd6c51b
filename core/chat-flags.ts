/** The flags of a command line in a chat, told apart from its words. */
import type { ChatWord, QuotedText } from './chat-words.ts';
import { nearestName } from './nearest-name.ts';

/** Words in order, and what the flags among them say. */
export interface ArrangedWords {
  readonly words: readonly QuotedText[];
  readonly dryRun: boolean;
  readonly reason: string | undefined;
}

/** Flags of the verbs that change something. */
export const changeFlags: readonly string[] = ['noop', 'dry-run', 'reason'];

/**
 * Takes the flags out, of which only the known ones may be there. A reason without quotes goes on to the next flag or
 * the end.
 */
export function arrangeChatWords(
  words: readonly ChatWord[],
  known: readonly string[],
): ArrangedWords | { readonly fault: string } {
  const plain: QuotedText[] = [];
  const said = new Map<'dryRun' | 'reason', string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || word.kind === 'word') {
      if (word !== undefined) plain.push(word);
      continue;
    }
    const flag = readFlag(word, words.slice(at + 1), known);
    if ('fault' in flag) return flag;
    if (said.has(flag.means)) return { fault: `--${word.name} is said twice` };
    said.set(flag.means, flag.text);
    at += flag.taken;
  }
  return { words: plain, dryRun: said.has('dryRun'), reason: said.get('reason') };
}

interface ReadFlag {
  readonly means: 'dryRun' | 'reason';
  readonly text: string;
  /** Words behind it that belong to it. */
  readonly taken: number;
}

function readFlag(
  { name, value }: ChatWord & { readonly kind: 'flag' },
  following: readonly ChatWord[],
  known: readonly string[],
): ReadFlag | { readonly fault: string } {
  if (!known.includes(name)) return { fault: unknownFlag(name, known) };
  if (name !== 'reason') {
    if (value !== undefined) return { fault: `--${name} takes no value` };
    return { means: 'dryRun', text: '', taken: 0 };
  }
  const end = following.findIndex(({ kind }) => kind === 'flag');
  const words = following.slice(0, end < 0 ? undefined : end).filter((word) => word.kind === 'word');
  const all = value === undefined ? words : [value, ...words];
  const own = all.slice(0, all[0]?.quoted === true ? 1 : undefined);
  const text = own
    .map((one) => one.text)
    .join(' ')
    .trim();
  if (text === '') return { fault: 'write the reason behind --reason' };
  return { means: 'reason', text, taken: own.length - (value === undefined ? 0 : 1) };
}

function unknownFlag(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  if (meant !== undefined) return `unknown flag --${name}; did you mean --${meant}?`;
  const list = known.filter((one) => one !== 'dry-run').map((one) => `--${one}`);
  return `unknown flag --${name}; there ${list.length === 0 ? 'are none here' : `are ${list.join(' and ')}`}`;
}
