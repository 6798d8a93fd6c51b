import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEntries, parsePairs } from '../../../release/settings/parse-entries.ts';
import { refusalOf } from './expect-fault.ts';

const byLine = (text: string) => parseEntries(text, { comma: false });
const byComma = (text: string) => parseEntries(text, { comma: true });

describe('entries', () => {
  test.each([
    ['nothing', '', [], []],
    ['space alone', ' \n\t\n', [], []],
    ['one line', 'a', ['a'], ['a']],
    ['lines', 'a\nb\n', ['a', 'b'], ['a', 'b']],
    ['lines of Windows', 'a\r\nb\r\n', ['a', 'b'], ['a', 'b']],
    ['space around', '  a b \n\n c', ['a b', 'c'], ['a b', 'c']],
    ['commas', 'a, b,,c,', ['a, b,,c,'], ['a', 'b', 'c']],
    ['commas and lines', 'a,b\nc', ['a,b', 'c'], ['a', 'b', 'c']],
    ['comments', '# first\na\n  # second\nb # third', ['a', 'b # third'], ['a', 'b # third']],
    ['a comment at the end', 'a\n#', ['a'], ['a']],
    ['an entry with a number sign', 'a#b', ['a#b'], ['a#b']],
    ['quotes', '"a,b"\n"c"', ['a,b', 'c'], ['a,b', 'c']],
    ['quotes with a comma behind', '"a,b" , c', undefined, ['a,b', 'c']],
    ['quotes over lines', '"a\nb"\nc', ['a\nb', 'c'], ['a\nb', 'c']],
    ['a quote in quotes', '"a ""b"" c"', ['a "b" c'], ['a "b" c']],
    ['a quote within an entry', 'a="b"', ['a="b"'], ['a="b"']],
    ['a comment sign within quotes', '"a\n# b"', ['a\n# b'], ['a\n# b']],
    ['a comment after quotes', '"a"\n# b\nc', ['a', 'c'], ['a', 'c']],
    ['empty quotes', '""\na', ['a'], ['a']],
  ])('are found among %s', (_what, text, lines, commas) => {
    if (lines !== undefined) expect(byLine(text)).toEqual(lines);
    expect(byComma(text)).toEqual(commas);
  });

  test.each([
    ['is not closed', '"a\nb'],
    ['is followed by more', '"a" b'],
    ['is closed too early', '"key={"a": 1}"'],
  ])('are refused when a quote %s', (_why, text) => {
    refusalOf(() => byLine(text));
  });

  test('in quotes are what they were before they were quoted', () => {
    const entry = fc.string({ minLength: 1, unit: fc.constantFrom('a', '"', ',', '\n', '#', ' ', '=', '\\', 'ü') });
    fc.assert(
      fc.property(fc.array(entry), fc.constantFrom('\n', '\r\n', '\n\n# no\n'), (entries, separator) => {
        const text = entries.map((one) => `"${one.replaceAll('"', '""')}"`).join(separator);
        const expected = entries.map((one) => one.trim()).filter((one) => one !== '');
        expect(byLine(text)).toEqual(expected);
        expect(byComma(text)).toEqual(expected);
      }),
    );
  });

  test('are read or refused, whatever the text is, and none is empty', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '#', ' ') });
    fc.assert(
      fc.property(text, (written) => {
        let entries: readonly string[] = [];
        try {
          entries = byComma(written);
        } catch {
          expect(written).toContain('"');
        }
        expect(entries.every((entry) => entry !== '' && entry.trim() === entry)).toBe(true);
      }),
    );
  });
});

describe('pairs', () => {
  test.each([
    ['a=b', 'a', 'b'],
    ['a=b=c==', 'a', 'b=c=='],
    ['a=', 'a', ''],
    [' a = b ', 'a', ' b'],
    ['a=b,c', 'a', 'b,c'],
    ['"key=line 1\nline 2\n"', 'key', 'line 1\nline 2'],
    ['"json={""a"": 1}"', 'json', '{"a": 1}'],
  ])('are a name and all that follows the first equals sign: %j', (text, name, value) => {
    expect(parsePairs(text)).toEqual([{ name, value }]);
  });

  test.each([['hunter2'], ['=hunter2'], [' =hunter2']])('are no pairs when there is no name: %j', (text) => {
    expect(refusalOf(() => parsePairs(`a=b\n${text}`)).message).not.toContain('hunter2');
  });
});
