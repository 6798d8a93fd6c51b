/** Lines out of chunks, wherever these are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openLineReader } from '../../../../release/builders/program/line-reader.ts';

function linesOf(chunks: readonly Uint8Array[]): readonly string[] {
  const lines: string[] = [];
  const reader = openLineReader((line) => lines.push(line));
  for (const chunk of chunks) reader.read(chunk);
  reader.end();
  return lines;
}

describe('a line reader', () => {
  it('gives the same lines wherever the chunks are cut, also within a character', () => {
    const bytes = Buffer.from('first ä\r\n\nthird 🎉\nlast');
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(bytes.length), (one, other) => {
        const [from = 0, to = 0] = [one, other].toSorted((a, b) => a - b);
        const chunks = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
        expect(linesOf(chunks)).toEqual(['first ä', '', 'third 🎉', 'last']);
      }),
    );
  });

  it('answers the text of each chunk', () => {
    const reader = openLineReader(() => undefined);
    expect(['on', 'e\ntw', 'o'].map((text) => reader.read(Buffer.from(text)))).toEqual(['on', 'e\ntw', 'o']);
  });
});
