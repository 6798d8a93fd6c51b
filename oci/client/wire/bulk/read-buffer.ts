/** Memory that one connection reads into again and again: what waits there is lent, in the order it came. */

/** The memory of one connection. */
export interface ReadBuffer {
  /** Where the next bytes go: never nowhere, and never over bytes that wait or are lent. */
  room(): Uint8Array;
  /** So many bytes came, where there was room. */
  wrote(sizeBytes: number): void;
  /** How many bytes wait. */
  waitingSizeBytes(): number;
  /** What waits and lies together, lent until the next call; undefined when nothing waits. */
  take(): Uint8Array | undefined;
}

/**
 * What is read into. With half as much, more of the time goes into calls; with twice as much the memory no longer stays in
 * the processor's cache.
 */
const slabSizeBytes = 512 * 1024;

/** Room for less is not worth a call. */
const roomSizeBytesMin = 64 * 1024;

interface Slab {
  readonly bytes: Uint8Array;
  /** Up to here all was given out. */
  from: number;
  /** Up to here there are bytes. */
  to: number;
}

/** Memory that grows slab by slab to what waits at most, and is used over and over. */
export function openReadBuffer(): ReadBuffer {
  const spare: Slab[] = [];
  let last = openSlab();
  /** In the order they were read into, `last` at the end; bytes are taken from the first. */
  const slabs: Slab[] = [last];
  let lender: Slab | undefined;
  let waiting = 0;

  return {
    room() {
      if (last.from === last.to && lender !== last) empty(last);
      if (last.bytes.length - last.to < roomSizeBytesMin) {
        last = spare.pop() ?? openSlab();
        slabs.push(last);
      }
      return last.bytes.subarray(last.to);
    },
    wrote(sizeBytes) {
      last.to += sizeBytes;
      waiting += sizeBytes;
    },
    waitingSizeBytes: () => waiting,
    take() {
      lender = undefined;
      let [first = last] = slabs;
      while (first.from === first.to && first !== last) {
        slabs.shift();
        spare.push(empty(first));
        [first = last] = slabs;
      }
      if (first.from === first.to) return undefined;
      const piece = first.bytes.subarray(first.from, first.to);
      first.from = first.to;
      lender = first;
      waiting -= piece.length;
      return piece;
    },
  };
}

/** Not of Node's pool, and not filled: nothing is given out that was not read. */
function openSlab(): Slab {
  return { bytes: Buffer.allocUnsafeSlow(slabSizeBytes), from: 0, to: 0 };
}

function empty(slab: Slab): Slab {
  slab.from = 0;
  slab.to = 0;
  return slab;
}
