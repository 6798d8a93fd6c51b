/** Files that a `.dockerignore` leaves out of a build, by the rules of docker: the last line that matches decides. */
import { InputError } from '../../../errors/errors.ts';

/** Whether the path, relative to the context and with slashes, is left out. */
export interface IgnoreRules {
  isIgnored(path: string): boolean;
  /** Whether something below an ignored directory may be taken in all the same. */
  mayHoldExceptions(directory: string): boolean;
}

interface Rule {
  readonly isException: boolean;
  readonly pattern: RegExp;
  /** Words of the pattern between slashes; its first ones say what it can be about. */
  readonly words: readonly string[];
}

/**
 * The rules of the file's text. A path is matched by itself or by a directory above it; `!` begins an exception, `#` a
 * comment, `**` stands for any number of directories, `*` and `?` for what has no slash, `[…]` for one character of a set.
 * @throws InputError BUILD_INPUT_INVALID for a set that is none.
 */
export function readIgnoreFile(text: string): IgnoreRules {
  const rules = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap(readRule);
  const exceptions = rules.filter(({ isException }) => isException);
  return {
    isIgnored(path) {
      const paths = selfAndAbove(path);
      let isIgnored = false;
      for (const { isException, pattern } of rules) {
        if (isException === isIgnored && paths.some((one) => pattern.test(one))) isIgnored = !isException;
      }
      return isIgnored;
    },
    mayHoldExceptions: (directory) => exceptions.some(({ words }) => mayBeBelow(words, directory.split('/'))),
  };
}

/** A line without meaning gives none. */
function readRule(line: string): readonly Rule[] {
  const written = line.startsWith('#') ? '' : line.trim();
  const isException = written.startsWith('!');
  const words = (isException ? written.slice(1).trim() : written)
    .split('/')
    .filter((word) => word !== '' && word !== '.');
  const plain = withoutParents(words);
  if (plain.length === 0) return [];
  return [{ isException, words: plain, pattern: compile(plain, line) }];
}

function compile(words: readonly string[], line: string): RegExp {
  try {
    return new RegExp(`^${patternOf(words)}$`, 's');
  } catch (cause) {
    const message = `malformed pattern in an ignore file: ${line}`;
    throw new InputError({ code: 'BUILD_INPUT_INVALID', message, wayOut: 'correct the pattern', cause });
  }
}

/** `a/../b` is `b`; what leads out of the context matches nothing in it. */
function withoutParents(words: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const word of words) {
    if (word === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else kept.push(word);
  }
  return kept;
}

function patternOf(words: readonly string[]): string {
  return words
    .map((word, at) => {
      const isLast = at === words.length - 1;
      if (word === '**') return isLast ? '.*' : '(?:.*/)?';
      return patternOfWord(word) + (isLast ? '' : '/');
    })
    .join('');
}

/** A wildcard pattern within one name; `**` that is only a part of the name crosses slashes. */
function patternOfWord(word: string): string {
  const tokens = /\*\*|\*|\?|\\.|\[\^?(?:\\.|[^\]\\])+\]|[\s\S]/g;
  return [...word.matchAll(tokens)]
    .map(([token]) => {
      if (token === '**') return '.*';
      if (token === '*') return '[^/]*';
      if (token === '?') return '[^/]';
      if (token.startsWith('[') && token.length > 2) return token;
      return literally(token.startsWith('\\') && token.length > 1 ? token.slice(1) : token);
    })
    .join('');
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function selfAndAbove(path: string): readonly string[] {
  const words = path.split('/');
  return words.map((_, at) => words.slice(0, at + 1).join('/'));
}

/** Compares word by word as far as both go; a word with a wildcard may be anything. */
function mayBeBelow(pattern: readonly string[], directory: readonly string[]): boolean {
  for (const [at, word] of directory.entries()) {
    const wanted = pattern[at];
    if (wanted === undefined) return true;
    if (wanted.includes('**')) return true;
    if (!/[*?[\\]/.test(wanted) && wanted !== word) return false;
  }
  return true;
}
