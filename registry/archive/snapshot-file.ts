/** A snapshot's file: written as a stream, read as one, and damaged nowhere without its reader learning of it. */
import { type FileHandle, open } from 'node:fs/promises';
import { IntegrityError } from '../../errors/errors.ts';
import { createHasher } from '../../oci/hash.ts';
import { chunksOf } from './chunks-of.ts';
import { parseSnapshotLine, type SnapshotLine } from './snapshot-line.ts';

export interface SnapshotWriter {
  write(line: Exclude<SnapshotLine, { kind: 'end' }>): Promise<void>;
  /** Writes the last line and flushes the file. */
  finish(): Promise<void>;
  /** Safe after finish. */
  close(): Promise<void>;
}

/** Bytes held back before they are written. */
const writeBytes = 256 * 1024;

/** A file at the path, which is not there yet. */
export async function createSnapshotFile(path: string): Promise<SnapshotWriter> {
  const handle: FileHandle = await open(path, 'wx', 0o600);
  const hasher = createHasher('sha256');
  let held: Buffer[] = [];
  let heldBytes = 0;
  let lines = 0;
  let isOpen = true;

  async function flush(): Promise<void> {
    const bytes = Buffer.concat(held);
    held = [];
    heldBytes = 0;
    await handle.appendFile(bytes);
  }

  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  }

  return {
    async write(line) {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      hasher.update(bytes);
      lines += 1;
      held.push(bytes);
      heldBytes += bytes.length;
      if (heldBytes > writeBytes) await flush();
    },
    async finish() {
      held.push(Buffer.from(`${JSON.stringify({ kind: 'end', lines, digest: hasher.digest() })}\n`));
      await flush();
      await handle.datasync();
      await close();
    },
    close,
  };
}

/**
 * The lines of a snapshot, without the last one. Who has seen them all knows that the file is as it was written.
 * @throws IntegrityError BACKUP_DAMAGED.
 */
export async function* readSnapshotFile(path: string): AsyncIterable<SnapshotLine> {
  const hasher = createHasher('sha256');
  let lines = 0;
  let ended = false;
  for await (const text of linesOf(path)) {
    const line = ended ? undefined : parseSnapshotLine(text);
    if (line === undefined) throw damaged(path, `line ${lines + 1} is not one of a snapshot`);
    if (line.kind === 'end') {
      if (line.lines !== lines || line.digest !== hasher.digest()) throw damaged(path, 'its digest is another');
      ended = true;
      continue;
    }
    hasher.update(Buffer.from(`${text}\n`));
    lines += 1;
    yield line;
  }
  if (!ended) throw damaged(path, 'its end is missing');
}

function damaged(path: string, why: string): IntegrityError {
  return new IntegrityError({ code: 'BACKUP_DAMAGED', message: `snapshot damaged: ${path}: ${why}` });
}

const lineFeed = 0x0a;

/** The lines of a file, without their line feeds; a rest after the last one is a line too. */
async function* linesOf(path: string): AsyncIterable<string> {
  let rest: Buffer[] = [];
  for await (const chunk of chunksOf(path)) {
    let start = 0;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, start)) {
      yield Buffer.concat([...rest, chunk.subarray(start, at)]).toString('utf8');
      rest = [];
      start = at + 1;
    }
    rest.push(chunk.subarray(start));
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) yield last.toString('utf8');
}
