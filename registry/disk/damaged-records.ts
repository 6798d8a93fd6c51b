/** What is damaged of the records beside a tag's own: those of removed tags, and the moves that were put aside. */
import { join } from 'node:path';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { isTag, type Tag } from '../../oci/spec/tag.ts';
import type { DiskLayout } from './disk-layout.ts';
import { namesIn, readOrDamaged } from './durable-file.ts';
import { parseTagFile, parseTagMoves } from './tag-file.ts';

export interface DamagedRecord {
  readonly tag: Tag;
  readonly why: string;
}

/** Reads every such record of the repository. */
export async function* damagedRecords(
  layout: Pick<DiskLayout, 'removedTags' | 'removedTag' | 'tagHistories' | 'tagHistory'>,
  repository: RepositoryName,
): AsyncIterable<DamagedRecord> {
  for (const tag of (await namesIn(layout.removedTags(repository))).filter(isTag)) {
    const isSound = await isRecord(layout.removedTag(repository, tag), (text) => parseTagFile(text, 'removed'));
    if (!isSound) yield { tag, why: 'what is left of the removed tag is not a tag record' };
  }
  for (const tag of (await namesIn(layout.tagHistories(repository))).filter(isTag)) {
    for (const first of await namesIn(layout.tagHistory(repository, tag))) {
      const isSound = await isRecord(join(layout.tagHistory(repository, tag), first), parseTagMoves);
      if (!isSound) yield { tag, why: `its moves from ${Number(first)} on are not readable` };
    }
  }
}

/** One that was removed since it was listed is not damaged. */
async function isRecord(path: string, parse: (text: string) => unknown): Promise<boolean> {
  const content = await readOrDamaged(path);
  if (content === 'absent') return true;
  return content !== 'damaged' && parse(content.toString('utf8')) !== undefined;
}
