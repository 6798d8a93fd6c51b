/** What a disk refuses, told to whoever runs a backup, a restore or an import: none of it is a fault of the program. */
import { InputError } from '../../errors/errors.ts';
import { isErrno } from '../disk/durable-file.ts';

/** Full, read-only, not ours, not there, or broken. */
const troubleCodes = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'EIO'];

/**
 * The work's result.
 * @throws InputError DISK_UNUSABLE, with the place that is written to, for what the disk refuses.
 */
export async function tellDiskTrouble<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error) || !troubleCodes.some((code) => isErrno(cause, code))) throw cause;
    throw new InputError({ code: 'DISK_UNUSABLE', message: `cannot go on in ${place}: ${cause.message}`, cause });
  }
}
