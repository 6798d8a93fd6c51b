import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTag, parseTag } from '../../../oci/spec/tag.ts';
import { codeOf } from '../code-of.ts';

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_';

/** The grammar in words: 1 to 128 letters, digits, `_`, `.`, `-`, the first neither `.` nor `-`. */
function isTagInWords(text: string): boolean {
  const characters = [...text];
  const [first = ''] = characters;
  const fits = characters.every((character) => letters.includes(character) || character === '.' || character === '-');
  return characters.length >= 1 && characters.length <= 128 && letters.includes(first) && fits;
}

const validTag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);

const nearMisses: Record<string, string> = {
  'nothing at all': '',
  '129 characters': 'a'.repeat(129),
  'a trailing newline': 'latest\n',
  'a newline within': 'a\nb',
  'a leading dot': '.hidden',
  'two dots': '..',
  'a leading dash': '-1',
  'a blank': 'a b',
  'a slash': 'a/b',
  'a colon': 'a:b',
  'a plus, as in the build part of a version': '1.0.0+1',
  'a letter of another script': 'd\u00e9j\u00e0',
  'a full-width digit': '\uff11',
  'a zero byte': 'a\0',
  'a digest': `sha256:${'a'.repeat(64)}`,
};

describe('tags', () => {
  it('are parsed to themselves', () => {
    fc.assert(
      fc.property(validTag, (text) => {
        expect(parseTag(text)).toBe(text);
      }),
    );
  });

  it('are exactly the texts that the grammar, put in words, allows', () => {
    const almostTag = fc.tuple(validTag, fc.nat(), fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(almostTag, ([text, at, inserted]) => {
        const place = at % (text.length + 1);
        const mutant = text.slice(0, place) + inserted + text.slice(place);
        expect(isTag(mutant)).toBe(isTagInWords(mutant));
      }),
    );
  });

  it('may have 128 characters', () => {
    expect(isTag('a'.repeat(128))).toBe(true);
  });

  it.each(Object.entries(nearMisses))('are not %s', async (_, text) => {
    expect(isTag(text)).toBe(false);
    expect(await codeOf(() => parseTag(text))).toBe('TAG_INVALID');
  });
});
