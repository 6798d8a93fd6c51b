import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonNestingMax, parseStrictJson } from '../../../oci/spec/strict-json.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('strict JSON', () => {
  it('reads what JSON.parse reads, where no key is written twice', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses an object with a key written twice, wherever it is and however it is written', () => {
    const member = fc.tuple(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(member, { minLength: 1 }), fc.nat(), fc.boolean(), (members, at, escaped) => {
        const again = members[at % members.length]?.[0] ?? '';
        const literal = escaped ? escapeAll(again) : JSON.stringify(again);
        const body = members.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(', ');
        expect(() => parseStrictJson(`[{"a": {${body}, ${literal}: 1}}]`)).toThrow(SyntaxError);
      }),
    );
  });

  it.each([
    ['the same key in two objects', '[{"a":1},{"a":1}]'],
    ['the same key inside and outside', '{"a":{"a":{"a":1}}}'],
    ['a key that is also a value', '{"a":"b","b":"a"}'],
    ['punctuation within texts', '{"a":"\\"a\\":{[","b":["a:","a:"]}'],
    ['keys that differ in case', '{"a":1,"A":2}'],
    ['the key __proto__', '{"__proto__":1}'],
  ])('takes %s', (_, text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it('reads up to its greatest nesting and no deeper', () => {
    expect(() => parseStrictJson(nested(jsonNestingMax))).not.toThrow();
    expect(() => parseStrictJson(nested(jsonNestingMax + 1))).toThrow(SyntaxError);
    expect(() => parseStrictJson(nested(500_000))).toThrow(SyntaxError);
  });

  it.each(['', '{', '{"a":1,}', "{'a':1}", '{"a":1} x', 'NaN', '\ufeff{}'])('refuses %j, which is not JSON', (text) => {
    expect(() => parseStrictJson(text)).toThrow(SyntaxError);
  });
});

/** The text as a literal of nothing but escapes. */
function escapeAll(text: string): string {
  const escapes = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'));
  return `"${escapes.map((digits) => `\\u${digits}`).join('')}"`;
}
