/** A version that turned out to be somebody else's while it was being published. */
import { ConflictError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { PlaceProgress } from '../places/place-progress.ts';

/** Who lost what. */
export interface LostVersion {
  readonly exact: Tag;
  readonly ours: Digest;
  /** What the exact tag names now; undefined when it is gone. */
  readonly now: Digest | undefined;
}

/** The place, where nothing more is tried: the version is taken there. */
export function taken(progress: PlaceProgress, lost: LostVersion): PlaceProgress {
  return { ...progress, tags: [], failure: versionTaken(progress.look.name, lost), isTaken: true };
}

/** The error that says so; `name` is the repository's. */
export function versionTaken(name: string, { exact, ours, now }: LostVersion): ConflictError {
  const there = now === undefined ? 'was deleted' : `names ${now}`;
  return new ConflictError({
    code: 'VERSION_PUBLISHED',
    message: `${exact} was published by others meanwhile: ${name}:${exact} ${there}, not ${ours}`,
    wayOut: 'see who else releases this version; run the release again, which takes what is published from this commit',
  });
}
