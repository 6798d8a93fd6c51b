/** A file that grows until its digest is known. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Digest, DigestAlgorithm } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Staging } from '../storage.ts';
import { type FileDigest, openFileDigest } from './file-digest.ts';
import type { FileHashing } from './file-hashing.ts';
import { type FlushAhead, openFlushAhead } from './flush-ahead.ts';

/** Gives the finished file to the storage. */
export type CommitFile = (repository: RepositoryName, digest: Digest, sizeBytes: number) => Promise<void>;

/** A live resource: an open file under a temporary name. */
export class DiskStaging implements Staging {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #digest: FileDigest;
  readonly #ahead: FlushAhead;
  readonly #commitFile: CommitFile;
  #sizeBytes = 0;
  #flushed: Promise<void> | undefined;
  /** A write failed part way, so the file may be longer than what counts. */
  #ragged = false;
  #open = true;
  /** The file has another name, and is no longer ours. */
  #committed = false;

  private constructor(path: string, handle: FileHandle, digest: FileDigest, commitFile: CommitFile) {
    this.#path = path;
    this.#handle = handle;
    this.#digest = digest;
    this.#ahead = openFlushAhead(() => handle.datasync());
    this.#commitFile = commitFile;
  }

  /** An empty file at the path. */
  static async create(path: string, hashing: FileHashing, commitFile: CommitFile): Promise<DiskStaging> {
    return new DiskStaging(path, await open(path, 'wx', 0o600), openFileDigest(path, hashing), commitFile);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(chunks: readonly Uint8Array[], algorithm: DigestAlgorithm): Promise<void> {
    let rest = chunks;
    let written = 0;
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await this.#handle.writev(rest, this.#sizeBytes + written);
        written += bytesWritten;
        rest = withoutFirst(rest, bytesWritten);
      }
    } catch (error) {
      this.#ragged = true;
      throw error;
    }
    this.#sizeBytes += written;
    this.#digest.add(chunks, algorithm);
    this.#ahead.grow(this.#sizeBytes);
  }

  /** The disk takes what is left while the digest is computed: neither needs the other. */
  digest(algorithm: DigestAlgorithm): Promise<Digest> {
    this.#flushed = this.#flush();
    this.#flushed.catch(() => undefined);
    return this.#digest.compute(algorithm);
  }

  async commit(repository: RepositoryName, digest: Digest): Promise<void> {
    await (this.#flushed ?? this.#flush());
    await this.#close();
    await this.#commitFile(repository, digest, this.#sizeBytes);
    this.#committed = true;
  }

  async discard(): Promise<void> {
    this.#digest.forget();
    await this.#close();
    if (!this.#committed) await rm(this.#path, { force: true });
  }

  async #flush(): Promise<void> {
    if (this.#ragged) await this.#handle.truncate(this.#sizeBytes);
    await this.#ahead.finish();
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

/** What is left of the chunks after so many bytes, of which there is at least one where any were left. */
function withoutFirst(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (left < chunk.length) rest.push(chunk.subarray(left));
    left = Math.max(0, left - chunk.length);
  }
  return rest;
}
