/** Memory that is read into again and again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openReadBuffer } from '../../../../../oci/client/wire/bulk/read-buffer.ts';

describe('a read buffer', () => {
  it('gives out what was read, in order, and leaves what it lent alone until the next is taken', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('read' as const), sizeBytes: fc.integer({ min: 1, max: 600_000 }) }),
      fc.record({ kind: fc.constant('take' as const), sizeBytes: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const buffer = openReadBuffer();
        let room = buffer.room();
        let written = 0;
        let taken = 0;
        let lent: { piece: Uint8Array; from: number } | undefined;
        for (const { kind, sizeBytes } of steps) {
          if (kind === 'read') {
            const size = Math.min(sizeBytes, room.length);
            expect(size).toBeGreaterThan(0);
            for (let at = 0; at < size; at += 1) room[at] = byteAt(written + at);
            buffer.wrote(size);
            written += size;
            room = buffer.room();
          } else {
            const piece = buffer.take();
            expect(piece === undefined).toBe(taken === written);
            lent = piece && { piece, from: taken };
            taken += piece?.length ?? 0;
          }
          expect(buffer.waitingSizeBytes()).toBe(written - taken);
          if (lent !== undefined) expectBytes(lent.piece, lent.from);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('uses the same memory again when all of it was given out', () => {
    const buffer = openReadBuffer();
    const memories = new Set<ArrayBufferLike>();
    for (let round = 0; round < 100; round += 1) {
      const room = buffer.room();
      memories.add(room.buffer);
      buffer.wrote(room.length);
      expect(buffer.take()?.length).toBe(room.length);
    }
    expect(memories.size).toBeLessThanOrEqual(2);
  });
});

/** A number of no simple period. */
function byteAt(position: number): number {
  return (position ^ (position >> 7) ^ (position >> 15)) & 0xff;
}

function expectBytes(piece: Uint8Array, from: number): void {
  for (let at = 0; at < piece.length; at += 997) {
    if (piece[at] !== byteAt(from + at)) throw new Error(`byte ${at} of what was lent has changed`);
  }
}
