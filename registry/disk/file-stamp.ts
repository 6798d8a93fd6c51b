/** Whether a file is still the one that was read. */
import { statSync } from 'node:fs';
import { isAbsence } from './durable-file.ts';

/**
 * Another text whenever the file was replaced or written to; `absent` where there is none. Each request asks for that of
 * the access file: the kernel answers within a microsecond, where the detour over a thread takes as long as all else.
 */
export async function stampOf(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, ctimeNs, size } = statSync(path, { bigint: true });
    return `${ino}:${mtimeNs}:${ctimeNs}:${size}`;
  } catch (error) {
    if (isAbsence(error)) return 'absent';
    throw error;
  }
}
