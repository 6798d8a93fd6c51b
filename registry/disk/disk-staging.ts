/** A file that grows until its digest is known. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Staging } from '../storage.ts';

/** Gives the finished file to the storage. */
export type CommitFile = (repository: RepositoryName, digest: Digest, sizeBytes: number) => Promise<void>;

/** A live resource: an open file under a temporary name. */
export class DiskStaging implements Staging {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #commitFile: CommitFile;
  #sizeBytes = 0;
  /** A write failed part way, so the file may be longer than what counts. */
  #ragged = false;
  #open = true;

  private constructor(path: string, handle: FileHandle, commitFile: CommitFile) {
    this.#path = path;
    this.#handle = handle;
    this.#commitFile = commitFile;
  }

  /** An empty file at the path. */
  static async create(path: string, commitFile: CommitFile): Promise<DiskStaging> {
    return new DiskStaging(path, await open(path, 'wx', 0o600), commitFile);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    try {
      while (written < bytes.length) {
        const { bytesWritten } = await this.#handle.write(
          bytes,
          written,
          bytes.length - written,
          this.#sizeBytes + written,
        );
        written += bytesWritten;
      }
    } catch (error) {
      this.#ragged = true;
      throw error;
    }
    this.#sizeBytes += written;
  }

  async *read(): AsyncIterable<Uint8Array> {
    if (this.#sizeBytes > 0) yield* createReadStream(this.#path, { end: this.#sizeBytes - 1 });
  }

  async commit(repository: RepositoryName, digest: Digest): Promise<void> {
    if (this.#ragged) await this.#handle.truncate(this.#sizeBytes);
    await this.#handle.datasync();
    await this.#close();
    await this.#commitFile(repository, digest, this.#sizeBytes);
  }

  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#path, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}
