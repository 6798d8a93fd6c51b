/** Whether a file is still the one that was read. */
import { stat } from 'node:fs/promises';
import { isAbsence } from './durable-file.ts';

/** Another text whenever the file was replaced or written to; `absent` where there is none. */
export async function stampOf(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, ctimeNs, size } = await stat(path, { bigint: true });
    return `${ino}:${mtimeNs}:${ctimeNs}:${size}`;
  } catch (error) {
    if (isAbsence(error)) return 'absent';
    throw error;
  }
}
