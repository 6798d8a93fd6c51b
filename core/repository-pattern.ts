/**
 * Patterns of repository names: `team/app`, `team/*`, `team/**`, `**`.
 *
 * `*` stands for any characters of one part of a name, also for none. `**` is a part of its own and stands for any
 * number of parts, at the end for one or more: `team/**` is everything below `team`, and not `team` itself.
 */
import { InputError } from '../errors/errors.ts';

declare const repositoryPatternBrand: unique symbol;

/** A pattern that was parsed. */
export type RepositoryPattern = string & { readonly [repositoryPatternBrand]: true };

/** Longest pattern: no name is longer. */
export const repositoryPatternCharsMax = 255;

/**
 * The text as a pattern.
 * @throws InputError REPOSITORY_PATTERN_INVALID.
 */
export function parseRepositoryPattern(text: string): RepositoryPattern {
  const fault = repositoryPatternFault(text);
  if (fault === undefined) return text as RepositoryPattern;
  throw new InputError({
    code: 'REPOSITORY_PATTERN_INVALID',
    message: `not a pattern of repository names: ${JSON.stringify(text.slice(0, repositoryPatternCharsMax))}: ${fault}`,
  });
}

/** Why the text is no pattern; undefined when it is one. */
export function repositoryPatternFault(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text.length > repositoryPatternCharsMax) return `it is longer than ${repositoryPatternCharsMax} characters`;
  if (/[A-Z]/.test(text)) return 'repository names are lower case';
  const foreign = /[^a-z0-9._/*-]/u.exec(text)?.[0];
  if (foreign !== undefined)
    return `${JSON.stringify(foreign)} is in no repository name, and only * and ** stand for others`;
  const parts = text.split('/');
  if (parts.includes('')) return 'a part between slashes is empty: names begin and end without a slash';
  if (parts.some((part) => part !== '**' && part.includes('**'))) return '** stands alone between slashes';
  return undefined;
}

/** Whether the whole name has the form. Takes no more steps than the product of both lengths, whatever the pattern. */
export function matchesRepositoryPattern(repository: string, pattern: RepositoryPattern): boolean {
  const parts = repository.split('/');
  const wanted = partsOf(pattern);
  let [part, want] = [0, 0];
  // Where to go on from when the way taken fails: only the last `**` can still give way, earlier ones gain nothing.
  let retry: { readonly want: number; readonly part: number } | undefined;
  while (part < parts.length) {
    const next = wanted[want];
    if (next === '**') {
      want += 1;
      retry = { want, part };
    } else if (next !== undefined && matchesPart(parts[part] ?? '', next)) {
      part += 1;
      want += 1;
    } else if (retry === undefined) return false;
    else {
      retry = { want: retry.want, part: retry.part + 1 };
      ({ want, part } = retry);
    }
  }
  return wanted.slice(want).every((rest) => rest === '**');
}

/** What every name of the form begins with: the listing of names can begin and end there. */
export function literalPrefixOf(pattern: RepositoryPattern): string {
  const star = pattern.indexOf('*');
  return star < 0 ? pattern : pattern.slice(0, star);
}

/** The parts, in which `**` stands for none as well. */
function partsOf(pattern: RepositoryPattern): readonly string[] {
  const parts = pattern.split('/');
  return parts.at(-1) === '**' ? [...parts.slice(0, -1), '*', '**'] : parts;
}

/** Whether the part has the form: texts between stars are looked for from the left, each behind the one before. */
function matchesPart(part: string, form: string): boolean {
  const [first = '', ...others] = form.split('*');
  const last = others.pop();
  if (last === undefined) return part === form;
  if (!part.startsWith(first)) return false;
  let at = first.length;
  for (const text of others) {
    const found = part.indexOf(text, at);
    if (found < 0) return false;
    at = found + text.length;
  }
  return part.length - last.length >= at && part.endsWith(last);
}
