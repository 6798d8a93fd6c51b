/** The index of referrers on disk: per subject a directory, in it the descriptor of each manifest that points at it. */
import { dirname } from 'node:path';
import { type Descriptor, parseDescriptor } from '../../oci/spec/descriptor.ts';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { DataDirectory } from './data-directory.ts';
import {
  type DurableDirectories,
  namesIn,
  readFileIfPresent,
  removeDurably,
  writeFileDurably,
} from './durable-file.ts';

export interface ReferrerStore {
  /** Ordered by digest, those after `last`. An entry may outlive its manifest; the caller asks for the manifest too. */
  list(repository: RepositoryName, subject: Digest, last: Digest | undefined): AsyncIterable<Descriptor>;
  write(repository: RepositoryName, subject: Digest, referrer: Descriptor): Promise<void>;
  remove(repository: RepositoryName, subject: Digest, referrer: Digest): Promise<void>;
}

/** The referrers below the directory's repositories. */
export function openReferrerStore(
  { layout, temporaryPath }: DataDirectory,
  directories: DurableDirectories,
  onEvent: OnRegistryEvent,
): ReferrerStore {
  async function read(path: string): Promise<Descriptor | undefined> {
    const content = await readFileIfPresent(path);
    if (content === undefined) return undefined;
    try {
      return parseDescriptor(JSON.parse(content.toString('utf8')), 'referrer');
    } catch (error) {
      onEvent({ kind: 'record-unreadable', path, why: String(error) });
      return undefined;
    }
  }

  return {
    async *list(repository, subject, last) {
      const names = await namesIn(layout.referrers(repository, subject));
      const digests = names.map((name) => name.replace('-', ':')).filter(isDigest);
      for (const digest of digests.sort().filter((digest) => last === undefined || digest > last)) {
        const referrer = await read(layout.referrer(repository, subject, digest));
        if (referrer !== undefined) yield referrer;
      }
    },
    async write(repository, subject, referrer) {
      const path = layout.referrer(repository, subject, referrer.digest);
      await directories.ensure(dirname(path));
      await writeFileDurably(path, JSON.stringify(referrer), temporaryPath());
    },
    async remove(repository, subject, referrer) {
      await removeDurably(layout.referrer(repository, subject, referrer));
    },
  };
}
