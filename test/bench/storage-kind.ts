/** On what kind of file system a directory is: a disk and a memory give other numbers. */
import { statfs } from 'node:fs/promises';

/** By the number that Linux gives them. Spec: statfs(2), "DESCRIPTION". */
const kinds: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlay',
};

/** Its name, or its number where it is another. */
export async function readStorageKind(directory: string): Promise<string> {
  const { type } = await statfs(directory);
  return kinds[type] ?? `0x${type.toString(16)}`;
}
