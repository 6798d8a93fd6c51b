/** Finding a program that runs in an image that has nothing else: one without a dynamic linker. */
import { readFile } from 'node:fs/promises';

/** Where Debian's busybox-static, Alpine's and others' busybox is. */
const places = ['/bin/busybox', '/usr/bin/busybox', '/bin/busybox.static'];

/** The bytes of a statically linked busybox of this machine; undefined when there is none. */
export async function readStaticBusybox(): Promise<Uint8Array | undefined> {
  for (const place of places) {
    const bytes = await readFile(place).catch(() => undefined);
    if (bytes !== undefined && isStaticElf(bytes)) return bytes;
  }
  return undefined;
}

const elfMagic = 0x7f454c46;
const headerBytes = 64;
const class64 = 2;
const littleEndian = 1;
/** Program header that names the dynamic linker. */
const interpreterHeader = 3;

/** Whether the bytes are a 64-bit little-endian ELF program that names no interpreter. Spec: System V ABI, "Program Header". */
export function isStaticElf(bytes: Uint8Array): boolean {
  if (bytes.length < headerBytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== elfMagic || bytes[4] !== class64 || bytes[5] !== littleEndian) return false;
  const start = Number(view.getBigUint64(0x20, true));
  const size = view.getUint16(0x36, true);
  const count = view.getUint16(0x38, true);
  for (let index = 0; index < count; index += 1) {
    const at = start + index * size;
    if (at + 4 > bytes.length) return false;
    if (view.getUint32(at, true) === interpreterHeader) return false;
  }
  return count > 0;
}
