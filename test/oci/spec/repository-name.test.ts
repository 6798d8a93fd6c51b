import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRepositoryName, parseRepositoryName, repositoryNameCharsMax } from '../../../oci/spec/repository-name.ts';
import { codeOf } from '../code-of.ts';

/** The grammar in words: components parted by `/`; within one, runs of letters and digits parted by `.`, `_`, `__` or dashes. */
function isNameInWords(text: string): boolean {
  return text.length <= 255 && text.split('/').every(isComponentInWords);
}

function isComponentInWords(component: string): boolean {
  const runs = component.split(/[^a-z0-9]+/);
  const separators = component.split(/[a-z0-9]+/).slice(1, -1);
  const allowed = (separator: string) => ['.', '_', '__'].includes(separator) || /^-+$/.test(separator);
  return runs.every((run) => run !== '') && separators.every(allowed);
}

const component = fc
  .array(fc.tuple(fc.stringMatching(/^[a-z0-9]{1,6}$/), fc.constantFrom('.', '_', '__', '-', '---')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.map(([run, separator], at) => (at === 0 ? run : separator + run)).join(''));
const validName = fc
  .array(component, { minLength: 1, maxLength: 5 })
  .map((components) => components.join('/'))
  .filter((name) => name.length <= repositoryNameCharsMax);

const nearMisses: Record<string, string> = {
  'nothing at all': '',
  'an upper-case letter': 'Team/app',
  'a trailing newline': 'team/app\n',
  'two dots': 'team/a..b',
  'the parent directory': '../app',
  'a parent directory within': 'team/../app',
  'a leading slash': '/team/app',
  'a trailing slash': 'team/app/',
  'an empty component': 'team//app',
  'a leading separator': '-app',
  'a trailing separator': 'app_',
  'three underscores': 'a___b',
  'two kinds of separator in a row': 'a.-b',
  'a letter of another script': 'caf\u00e9',
  'a look-alike of another script': '\u0430pp',
  'a colon': 'team:app',
  'a percent sign': 'team%2fapp',
  '256 characters': 'a'.repeat(256),
};

describe('repository names', () => {
  it('are parsed to themselves', () => {
    fc.assert(
      fc.property(validName, (text) => {
        expect(parseRepositoryName(text)).toBe(text);
      }),
    );
  });

  it('are exactly the texts that the grammar, put in words, allows', () => {
    const inserted = fc.oneof(
      fc.constantFrom('.', '..', '_', '___', '-', '/', '//', 'A', '\n'),
      fc.string({ maxLength: 2 }),
    );
    fc.assert(
      fc.property(validName, fc.nat(), inserted, (text, at, insert) => {
        const place = at % (text.length + 1);
        const mutant = text.slice(0, place) + insert + text.slice(place);
        expect(isRepositoryName(mutant)).toBe(isNameInWords(mutant));
      }),
      { numRuns: 500 },
    );
  });

  it.each(Object.entries(nearMisses))('do not have %s', async (_, text) => {
    expect(isRepositoryName(text)).toBe(false);
    expect(await codeOf(() => parseRepositoryName(text))).toBe('REPOSITORY_INVALID');
  });
});
