/** What an import brought, and what it had to leave behind. */

export type LeftBehindKind =
  /** An empty link, or one that says something else than it must. */
  | 'link-damaged'
  | 'content-missing'
  | 'content-damaged'
  /** A manifest of schema 1, which registries no longer take. */
  | 'manifest-outdated'
  | 'manifest-invalid'
  /** A manifest that needs something which was left behind. */
  | 'manifest-incomplete'
  /** A tag of a manifest that the repository does not have, or that was left behind. */
  | 'tag-dangling'
  /** A tag that names something else in the registry that is imported into. */
  | 'tag-kept'
  /** A repository or tag whose name the specification does not know. */
  | 'name-invalid';

export interface LeftBehind {
  readonly kind: LeftBehindKind;
  /** Repository with tag or digest; a path for what has no such name. */
  readonly place: string;
}

export interface ImportCounts {
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  /** In each repository, so that one that is shared counts more than once. */
  readonly blobs: number;
  /** Tags, manifests and files of content that were not there before. */
  readonly newTags: number;
  readonly newManifests: number;
  readonly linkedFiles: number;
  readonly copiedFiles: number;
  readonly copiedBytes: number;
}

export interface ImportReport extends ImportCounts {
  readonly dryRun: boolean;
  /** How many were left behind, by kind. */
  readonly leftBehind: Readonly<Partial<Record<LeftBehindKind, number>>>;
  /** The first of them. */
  readonly listed: readonly LeftBehind[];
}

export interface ImportTally {
  readonly counts: { -readonly [Name in keyof ImportCounts]: number };
  leave(kind: LeftBehindKind, place: string): void;
  report(dryRun: boolean): ImportReport;
}

/** Left-behind things that are listed: whoever has more needs no list but the counts. */
const listedMax = 1000;

/** A tally of nothing. */
export function openImportTally(): ImportTally {
  const counts = {
    ...{ repositories: 0, tags: 0, manifests: 0, blobs: 0, newTags: 0, newManifests: 0 },
    ...{ linkedFiles: 0, copiedFiles: 0, copiedBytes: 0 },
  };
  const leftBehind: Partial<Record<LeftBehindKind, number>> = {};
  const listed: LeftBehind[] = [];
  return {
    counts,
    leave(kind, place) {
      leftBehind[kind] = (leftBehind[kind] ?? 0) + 1;
      if (listed.length < listedMax) listed.push({ kind, place });
    },
    report: (dryRun) => ({ dryRun, ...counts, leftBehind, listed }),
  };
}
