/** The look for what points at an image, which goes on beside the copy of the image itself. */
import type { Digest } from '../../spec/digest.ts';
import { openSlots } from '../slots.ts';
import type { FetchedManifest, Source } from '../target.ts';
import { listSubjects } from './list-subjects.ts';
import { type ReferrerOptions, referrerDefaults } from './referrer-options.ts';
import { openReferrerSearch, type ReferrerSearch } from './referrer-search.ts';
import { awaitReferrers } from './referrer-wait.ts';

/** What was found, or is being looked for. */
export interface ReferrerLook {
  /** The manifests of the image, the root first. */
  readonly subjects: readonly Digest[];
  readonly search: ReferrerSearch;
}

/** How the look is made. */
export interface LookOptions {
  readonly signal: AbortSignal | undefined;
  /** Subjects that are asked for at once. */
  readonly atOnce: number;
}

/** A look that has begun. */
export interface BegunLook {
  /** What to carry, and what is known of it. @throws what the source throws when the image's own manifests are listed. */
  look(): Promise<ReferrerLook>;
  /** Resolves when nothing of it is under way. */
  settle(): Promise<void>;
}

/**
 * Begins to look, with an answer for each subject asked for early. Where referrers are waited for, nothing begins before
 * they are wanted: the wait is for those that come after the image.
 */
export function beginReferrerLook(
  source: Source,
  root: FetchedManifest,
  options: ReferrerOptions,
  how: LookOptions,
): BegunLook {
  const list = async () => (await listSubjects(source, root, how.signal)).map(({ digest }) => digest);
  if ((options.waitMs ?? referrerDefaults.waitMs) > 0) {
    return {
      async look() {
        const subjects = await list();
        return { subjects, search: await openSearch(source, subjects, options, how.signal) };
      },
      settle: async () => {},
    };
  }
  const searches: Promise<unknown>[] = [];
  const looking = list().then((subjects) => {
    const search = searchOf(source, subjects, options, how.signal);
    const slots = openSlots(how.atOnce);
    // What fails is told to whoever asks for it.
    for (const subject of subjects) searches.push(slots(() => search.find(subject)).catch(() => {}));
    return { subjects, search };
  });
  looking.catch(() => {});
  return {
    look: () => looking,
    async settle() {
      await Promise.allSettled([looking]);
      await Promise.all(searches);
    },
  };
}

/** A search for the referrers of the subjects; one that waited for the first subject's, where that is wanted. */
export async function openSearch(
  source: Source,
  subjects: readonly Digest[],
  options: ReferrerOptions,
  signal: AbortSignal | undefined,
): Promise<ReferrerSearch> {
  const [first] = subjects;
  const { waitMs = referrerDefaults.waitMs, timing = referrerDefaults.timing, expect = 1 } = options;
  const open = () => searchOf(source, subjects, options, signal);
  return waitMs > 0 && first !== undefined
    ? await awaitReferrers(open, first, { waitMs, expect, timing, signal })
    : open();
}

function searchOf(
  source: Source,
  subjects: readonly Digest[],
  { cosignTags = referrerDefaults.cosignTags, leftOut }: ReferrerOptions,
  signal: AbortSignal | undefined,
): ReferrerSearch {
  return openReferrerSearch({ source, cosignTags, subjects: subjects.length, leftOut, signal });
}
