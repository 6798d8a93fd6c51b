/** What has been done to the tags of one repository so far, while a release climbs its ladder. */
import type { FetchedManifest, Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ReleaseRun } from '../release-run.ts';
import { moveFloats } from './move-floats.ts';
import { type NamedTags, resolveTags } from './write-tags.ts';

export interface LadderClimb {
  /** Tags that were written here, the exact one among them, so that a list has to show them. */
  readonly written: ReadonlySet<Tag>;
  /** Tags that the registry lets nobody move. */
  readonly refused: ReadonlySet<Tag>;
  /** What each tag named before it was touched. */
  readonly before: ReadonlyMap<Tag, Digest | undefined>;
  /** Points the tags at the manifest, save those that name it or are refused. */
  move(tags: readonly Tag[], manifest: FetchedManifest): Promise<void>;
}

/** A climb on which the tags in `written` are written, and nothing else. */
export function openClimb(run: ReleaseRun, target: Target, alreadyWritten: readonly Tag[]): LadderClimb {
  const written = new Set(alreadyWritten);
  const refused = new Set<Tag>();
  const before = new Map<Tag, Digest | undefined>();

  function remember(tags: readonly Tag[], named: NamedTags): void {
    for (const tag of tags) if (!before.has(tag)) before.set(tag, named.get(tag)?.digest);
  }

  return {
    written,
    refused,
    before,
    async move(tags, manifest) {
      const { digest } = manifest.descriptor;
      const wanted = tags.filter((tag) => !refused.has(tag));
      const named = await resolveTags(run, target, wanted);
      remember(wanted, named);
      const left = wanted.filter((tag) => named.get(tag)?.digest !== digest);
      const stuck = await moveFloats(run, target, left, manifest, named);
      for (const tag of stuck) refused.add(tag);
      for (const tag of wanted) if (named.has(tag) || !refused.has(tag)) written.add(tag);
    },
  };
}
