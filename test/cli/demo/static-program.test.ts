/** The program that runs in the demo's image. */
import { describe, expect, it } from 'vitest';
import { isStaticElf, readStaticBusybox } from '../../../cli/demo/static-program.ts';

describe('a program that needs nothing beside itself', () => {
  it('is this machine’s busybox where it is static, and never Node.js', async () => {
    const busybox = await readStaticBusybox();
    if (busybox !== undefined) expect(isStaticElf(busybox)).toBe(true);
    expect(isStaticElf(Buffer.from('#!/bin/sh'))).toBe(false);
    expect(isStaticElf(elf([{ type: 1 }, { type: 3 }]))).toBe(false);
    expect(isStaticElf(elf([{ type: 1 }]))).toBe(true);
    expect(isStaticElf(elf([{ type: 1 }]).subarray(0, 64))).toBe(false);
  });
});

/** The head of a 64-bit program with the given program headers. */
function elf(headers: readonly { readonly type: number }[]): Uint8Array {
  const bytes = Buffer.alloc(64 + headers.length * 56);
  bytes.writeUInt32BE(0x7f454c46, 0);
  bytes.set([2, 1], 4);
  bytes.writeBigUInt64LE(64n, 0x20);
  bytes.writeUInt16LE(56, 0x36);
  bytes.writeUInt16LE(headers.length, 0x38);
  for (const [index, { type }] of headers.entries()) bytes.writeUInt32LE(type, 64 + index * 56);
  return bytes;
}
