/** One upload: bytes that arrive in one request or in many, on their way to the storage. */
import { type Digest, type DigestAlgorithm, digestAlgorithm } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Staging } from '../storage.ts';
import { gatheringWriter } from './gathering-writer.ts';
import { releaseMemory } from './release-memory.ts';

export interface UploadSessionInit {
  /** Unguessable. */
  readonly id: string;
  readonly repository: RepositoryName;
  /** The caller who began it, as `callerOf` tells them apart; nobody else may go on with it. */
  readonly owner: string;
  readonly staging: Staging;
  /** What the bytes are hashed with, unless the digest is known before the first of them. */
  readonly algorithm: DigestAlgorithm;
}

/** A live resource: room that is being filled. */
export class UploadSession {
  readonly id: string;
  readonly repository: RepositoryName;
  readonly owner: string;
  readonly #staging: Staging;
  readonly #algorithm: DigestAlgorithm;
  #busy = false;

  constructor(init: UploadSessionInit) {
    this.id = init.id;
    this.repository = init.repository;
    this.owner = init.owner;
    this.#staging = init.staging;
    this.#algorithm = init.algorithm;
  }

  /** Bytes that have arrived and count. */
  get sizeBytes(): number {
    return this.#staging.sizeBytes;
  }

  /** Runs the work as the only request on this session; undefined, and no work, while another one is at it. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#busy) return undefined;
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Adds the bytes. What has arrived when the stream breaks or the disk is full counts, so that the client can go on
   * from there. `algorithm` is that of the digest, where it is known; the first byte decides. The chunks are ours: they are
   * empty once they are written.
   */
  async append(chunks: AsyncIterable<Uint8Array>, algorithm: DigestAlgorithm = this.#algorithm): Promise<void> {
    const writer = gatheringWriter((gathered) => this.#add(gathered, algorithm));
    try {
      for await (const chunk of chunks) await writer.write(chunk);
    } finally {
      await writer.flush();
    }
  }

  async #add(chunks: readonly Uint8Array[], algorithm: DigestAlgorithm): Promise<void> {
    await this.#staging.write(chunks, algorithm);
    releaseMemory(chunks);
  }

  /** Makes the bytes a blob of the repository; false when they are not those of the digest. Ends the session either way. */
  async finish(digest: Digest): Promise<boolean> {
    try {
      if ((await this.#staging.digest(digestAlgorithm(digest))) !== digest) return false;
      await this.#staging.commit(this.repository, digest);
      return true;
    } finally {
      await this.discard();
    }
  }

  /** Throws away what has arrived. */
  async discard(): Promise<void> {
    await this.#staging.discard();
  }
}
