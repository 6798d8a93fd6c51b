/** What a disk refuses, told to whoever runs a backup, a restore or an import: none of it is a fault of the program. */
import { InputError } from '../../errors/errors.ts';
import { isDiskFull, isErrno } from '../disk/durable-file.ts';

/** Read-only, not ours, not there, or broken. */
const troubleCodes = ['EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'EIO'];

/**
 * The work's result.
 * @throws InputError DISK_UNUSABLE, with the place that is written to, for what the disk refuses.
 */
export async function tellDiskTrouble<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const isTrouble = isDiskFull(cause) || troubleCodes.some((code) => isErrno(cause, code));
    if (!(cause instanceof Error) || !isTrouble) throw cause;
    throw new InputError({ code: 'DISK_UNUSABLE', message: `cannot go on in ${place}: ${cause.message}`, cause });
  }
}
