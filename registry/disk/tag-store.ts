/**
 * Tags on disk: one small file per tag, replaced as a whole, so that digest, fence and history always belong together.
 *
 * A tag keeps its last moves in its own file. When they become many, the oldest are put into a file of their own first;
 * whoever is killed between the two leaves them in both places, where their numbers tell that they are the same. A tag
 * that is removed leaves its file elsewhere before it goes.
 */
import type { Reason } from '../../core/decision.ts';
import type { TagMove } from '../../core/tag-move.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ChangedTag, TagAuthor, TagHistoryPage, TagRecord } from '../storage.ts';
import { tagDamaged } from './damaged-tag.ts';
import { readThroughCache } from './read-through-cache.ts';
import { openTagDigests, type TagsByDigest } from './tag-digests.ts';
import type { TagFile } from './tag-file.ts';
import type { TagFiles } from './tag-files.ts';
import { readTagMoves } from './tag-history.ts';
import { openTagListings } from './tag-listings.ts';
import { isTagThere, readTagStanding, type StandingTag } from './tag-standing.ts';

/** The caller holds the tag's lock from `open` to the write. */
export interface TagStore {
  /** @throws IntegrityError TAG_DAMAGED when it is there and its file is damaged. */
  read(repository: RepositoryName, tag: Tag): Promise<TagRecord | undefined>;
  /** Every tag, sorted. */
  list(repository: RepositoryName): Promise<readonly Tag[]>;
  /** All tags, by what they name. */
  byDigest(repository: RepositoryName): Promise<TagsByDigest>;
  /** Has the files read again for the next who asks what tags name. */
  forgetDigests(repository: RepositoryName): void;
  /** The tag as it stands, be it there, removed, damaged, or new. */
  open(repository: RepositoryName, tag: Tag): Promise<OpenTag>;
  /** Points it at the digest; undefined when it names the digest already, which is durable then. */
  write(opened: OpenTag, wanted: TagRecord, edit: TagEdit): Promise<ChangedTag | undefined>;
  /** Removes it; undefined when it is not there. */
  remove(opened: OpenTag, edit: TagEdit): Promise<ChangedTag | undefined>;
  /**
   * Writes down that the content, which it needs, was deleted. It names the same as before.
   * @throws IntegrityError TAG_DAMAGED when nobody knows what that is.
   */
  lose(opened: OpenTag, content: Digest, edit: TagEdit): Promise<ChangedTag>;
  /** The newest moves first. */
  history(repository: RepositoryName, tag: Tag, page: TagHistoryPage): Promise<readonly TagMove[]>;
}

/** A tag on which its owner of the lock works. */
export interface OpenTag extends StandingTag {
  readonly repository: RepositoryName;
  readonly tag: Tag;
}

/** Who changes the tag, and what they override. */
export interface TagEdit {
  readonly author: TagAuthor;
  readonly overridden: readonly Reason[];
}

const rememberedTagsMax = 100_000;

/** Moves in the file of a tag: some 15 KiB. */
const movesPerTagMax = 64;

/** Moves that are put aside at once. */
const movesPutAside = 32;

/** Tags whose files are read at the same time for an index. */
const readAtOnce = 32;

/** The tags in the files. */
export function openTagStore(files: TagFiles): TagStore {
  const records = readThroughCache<TagRecord>({ weightMax: rememberedTagsMax, weigh: () => 1 });
  const listings = openTagListings();
  const digests = openTagDigests();

  const list = (repository: RepositoryName) => listings.list(repository, () => files.names(repository));

  function read(repository: RepositoryName, tag: Tag): Promise<TagRecord | undefined> {
    return records.read(`${repository}:${tag}`, async () => {
      const file = await files.read(repository, tag);
      if (file === 'damaged') throw tagDamaged(repository, tag);
      return recordOf(file);
    });
  }

  /** A change that breaks off may have been made, or not: what is remembered of it has to be read again. */
  function forget({ repository, tag }: OpenTag, error: unknown): never {
    records.forget(`${repository}:${tag}`);
    listings.forget(repository);
    digests.forget(repository);
    throw error;
  }

  /** Where the record became damaged lately, the index still has what it said. */
  function followDigests({ repository, tag, standing }: OpenTag, to: Digest | undefined): void {
    if (standing.damaged === 'tag') digests.forget(repository);
    else digests.move(repository, tag, standing.digest, to);
  }

  return {
    read,
    list,
    byDigest: (repository) =>
      digests.read(repository, async function* () {
        yield* namedDigests(files, repository, await list(repository));
      }),
    forgetDigests: digests.forget,
    open: async (repository, tag) => ({ repository, tag, ...(await readTagStanding(files, repository, tag)) }),
    async write(opened, { digest, fence }, edit) {
      const { repository, tag, standing } = opened;
      const record = { digest, ...highestOf(fence, standing.fence) };
      const moved = standing.digest !== digest;
      if (!moved && record.fence === standing.fence) return void (await files.flush(repository, tag));
      const move = moveOf(opened, digest, edit, fence);
      const moves = moved ? [...(await makeRoom(files, opened)), move] : opened.moves;
      await files.write(repository, tag, { ...record, moves }).catch((error) => forget(opened, error));
      records.remember(`${repository}:${tag}`, record);
      if (!moved) return undefined;
      if (standing.digest === undefined) listings.add(repository, tag);
      followDigests(opened, digest);
      return { tag, move, overridden: edit.overridden };
    },
    async remove(opened, edit) {
      const { repository, tag, standing } = opened;
      if (!isTagThere(standing)) return undefined;
      const move = moveOf(opened, undefined, edit);
      const { digest, fence } = standing;
      const moves = [...(await makeRoom(files, opened)), move];
      await files.writeRemoved(repository, tag, { ...(digest && { digest }), ...highestOf(fence, fence), moves });
      await files.remove(repository, tag).catch((error) => forget(opened, error));
      records.forget(`${repository}:${tag}`);
      listings.remove(repository, tag);
      followDigests(opened, undefined);
      return { tag, move, overridden: edit.overridden };
    },
    async lose(opened, content, edit) {
      const { repository, tag, standing } = opened;
      const { digest, fence } = standing;
      if (digest === undefined) throw tagDamaged(repository, tag);
      const move = { ...moveOf(opened, digest, edit), lost: content };
      const moves = [...(await makeRoom(files, opened)), move];
      await files.write(repository, tag, { digest, ...highestOf(fence, fence), moves });
      return { tag, move, overridden: edit.overridden };
    },
    history: (repository, tag, page) => readTagMoves(files, repository, tag, page),
  };
}

/** The moves that fit into the tag's file, when the others are safe elsewhere. */
async function makeRoom(files: TagFiles, { repository, tag, moves }: OpenTag): Promise<readonly TagMove[]> {
  if (moves.length < movesPerTagMax) return moves;
  await files.writeEarlier(repository, tag, moves.slice(0, movesPutAside));
  return moves.slice(movesPutAside);
}

async function* namedDigests(
  files: TagFiles,
  repository: RepositoryName,
  tags: readonly Tag[],
): AsyncIterable<readonly [Tag, Digest | 'damaged']> {
  for (let start = 0; start < tags.length; start += readAtOnce) {
    const some = tags.slice(start, start + readAtOnce);
    const found = await Promise.all(some.map((tag) => files.read(repository, tag)));
    for (const [at, tag] of some.entries()) {
      const file = found[at];
      const named = file === 'damaged' ? file : file?.digest;
      if (named !== undefined) yield [tag, named];
    }
  }
}

function recordOf(file: TagFile | undefined): TagRecord | undefined {
  if (file?.digest === undefined) return undefined;
  return { digest: file.digest, ...(file.fence === undefined ? {} : { fence: file.fence }) };
}

/** A lane token is never lowered, not even by who may write under an older one. */
function highestOf(fence: number | undefined, known: number | undefined): { readonly fence?: number } {
  if (fence === undefined && known === undefined) return {};
  return { fence: Math.max(fence ?? 0, known ?? 0) };
}

function moveOf(opened: OpenTag, to: Digest | undefined, edit: TagEdit, fence?: number): TagMove {
  const { by, at, how, reason, command } = edit.author;
  const from = opened.standing.digest;
  return {
    number: (opened.moves.at(-1)?.number ?? 0) + 1,
    at,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...{ by, how },
    ...(fence === undefined ? {} : { fence }),
    ...(command === undefined ? {} : { command }),
    ...(reason === undefined ? {} : { reason }),
    ...(edit.overridden.length === 0 ? {} : { overrode: edit.overridden.map(({ code }) => code) }),
  };
}
