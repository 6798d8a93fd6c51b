/** A directory that went to another process, or to none. */
import { ConflictError } from '../../../errors/errors.ts';

/** Why nothing is changed in it any more. */
export function directoryLost(directory: string): ConflictError {
  const message = `data directory is not ours any more: ${directory} has another lock, or none`;
  return new ConflictError({ code: 'DATA_DIRECTORY_LOST', message });
}
