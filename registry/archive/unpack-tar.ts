/** A backup's tar file back as a directory. What is in it becomes paths, so only the names of a backup are taken. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { CodedError, InputError, IntegrityError } from '../../errors/errors.ts';
import { chunksOf } from './chunks-of.ts';

const entryGrammar =
  /^(?:backup\.json|(?:content|manifests)\/sha(?:256\/[a-f0-9]{2}\/[a-f0-9]{64}|512\/[a-f0-9]{2}\/[a-f0-9]{128})|snapshots\/[\dTZ.-]{24}\.jsonl)$/;

/**
 * Writes the files of the tar file below the directory, which is emptied first. Their bytes are verified by whoever
 * restores from them.
 * @throws InputError BACKUP_INVALID for a file that is none; IntegrityError BACKUP_DAMAGED for one that is cut off.
 */
export async function unpackTar(file: string, directory: string, signal: AbortSignal): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const entries = extract();
  const names = new Set<string>();
  const feeding = pipeline(chunksOf(file), entries, { signal });
  // An entry that is cut off ends never by itself.
  const failed = feeding.then(() => new Promise<never>(() => {}));
  failed.catch(() => {});
  try {
    for await (const entry of entries) {
      const { name, type } = entry.header;
      if (type !== 'file' || !entryGrammar.test(name)) throw notOurs(file, name);
      if (names.has(name)) throw damaged(file, `it has ${name} twice`);
      names.add(name);
      const path = join(directory, name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await Promise.race([pipeline(entry, createWriteStream(path, { mode: 0o600, flags: 'wx' })), failed]);
    }
    await feeding;
  } catch (cause) {
    if (cause instanceof CodedError || signal.aborted || isOfTheSystem(cause)) throw cause;
    throw damaged(file, String(cause), cause);
  }
}

function damaged(file: string, why: string, cause?: unknown): IntegrityError {
  return new IntegrityError({ code: 'BACKUP_DAMAGED', message: `backup damaged: ${file}: ${why}`, cause });
}

function notOurs(file: string, name: string): InputError {
  return new InputError({ code: 'BACKUP_INVALID', message: `not a backup: ${file} has an entry ${name}` });
}

/** A full disk, a file that may not be read: nothing that the tar file is to blame for. */
function isOfTheSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
