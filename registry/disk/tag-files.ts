/** The files of tags: reading and replacing them whole. What is to be in them: tag-store.ts. */
import { dirname, join } from 'node:path';
import type { TagMove } from '../../core/tag-move.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { isTag, type Tag } from '../../oci/spec/tag.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { DataDirectory } from './data-directory.ts';
import {
  type DurableDirectories,
  namesIn,
  readOrDamaged,
  removeDurably,
  syncDirectory,
  writeFileDurably,
} from './durable-file.ts';
import { formatTagFile, formatTagMoves, parseTagFile, parseTagMoves, type TagFile } from './tag-file.ts';

export interface TagFiles {
  /** The names of the tags there are, in no order. */
  names(repository: RepositoryName): Promise<readonly Tag[]>;
  /** Undefined when there is no such tag. One that is damaged is reported. */
  read(repository: RepositoryName, tag: Tag): Promise<TagFile | 'damaged' | undefined>;
  /** The same of a tag that was removed. */
  readRemoved(repository: RepositoryName, tag: Tag): Promise<TagFile | 'damaged' | undefined>;
  write(repository: RepositoryName, tag: Tag, file: TagFile): Promise<void>;
  writeRemoved(repository: RepositoryName, tag: Tag, file: TagFile): Promise<void>;
  /** Makes durable what a write that was broken off may have put there. */
  flush(repository: RepositoryName, tag: Tag): Promise<void>;
  /** False when there was none. */
  remove(repository: RepositoryName, tag: Tag): Promise<boolean>;
  /** Puts moves aside, under the number of the first: again, they replace themselves. */
  writeEarlier(repository: RepositoryName, tag: Tag, moves: readonly TagMove[]): Promise<void>;
  /** Numbers under which moves were put aside, ascending. */
  listEarlier(repository: RepositoryName, tag: Tag): Promise<readonly number[]>;
  /** None when the file is damaged, which is reported. */
  readEarlier(repository: RepositoryName, tag: Tag, first: number): Promise<readonly TagMove[]>;
}

/** Digits of a number in a file's name: more moves than a disk has room for. */
const numberDigits = 12;

/** The files below the directory's repositories. */
export function openTagFiles(
  { layout, temporaryPath }: Pick<DataDirectory, 'layout' | 'temporaryPath'>,
  directories: DurableDirectories,
  onEvent: OnRegistryEvent,
): TagFiles {
  async function load<Parsed>(
    path: string,
    parse: (text: string) => Parsed | undefined,
  ): Promise<Parsed | 'damaged' | undefined> {
    const content = await readOrDamaged(path);
    if (content === 'absent') return undefined;
    const parsed = content === 'damaged' ? undefined : parse(content.toString('utf8'));
    if (parsed !== undefined) return parsed;
    onEvent({ kind: 'record-unreadable', path, why: 'it is not a tag record' });
    return 'damaged';
  }

  async function replace(path: string, content: string): Promise<void> {
    await directories.ensure(dirname(path));
    await writeFileDurably(path, content, temporaryPath());
  }

  function earlier(repository: RepositoryName, tag: Tag, first: number): string {
    return join(layout.tagHistory(repository, tag), String(first).padStart(numberDigits, '0'));
  }

  return {
    names: async (repository) => (await namesIn(layout.tags(repository))).filter(isTag),
    read: (repository, tag) => load(layout.tag(repository, tag), (text) => parseTagFile(text, 'tag')),
    readRemoved: (repository, tag) => load(layout.removedTag(repository, tag), (text) => parseTagFile(text, 'removed')),
    write: (repository, tag, file) => replace(layout.tag(repository, tag), formatTagFile(file)),
    writeRemoved: (repository, tag, file) => replace(layout.removedTag(repository, tag), formatTagFile(file)),
    flush: (repository, tag) => syncDirectory(dirname(layout.tag(repository, tag))),
    remove: (repository, tag) => removeDurably(layout.tag(repository, tag)),
    writeEarlier(repository, tag, moves) {
      return replace(earlier(repository, tag, moves[0]?.number ?? 0), formatTagMoves(moves));
    },
    async listEarlier(repository, tag) {
      const names = await namesIn(layout.tagHistory(repository, tag));
      return names
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .sort((one, other) => one - other);
    },
    async readEarlier(repository, tag, first) {
      const moves = await load(earlier(repository, tag, first), parseTagMoves);
      return moves === undefined || moves === 'damaged' ? [] : moves;
    },
  };
}
