/** What a registry takes for the same, the larger it is. */

export type ScaleKind = 'tags' | 'repositories';

export interface ScalePoint {
  readonly kind: ScaleKind;
  /** Tags in the repository, or repositories in the registry. */
  readonly count: number;
  /** From the start of the process, after a kill, to its first answer. */
  readonly startMs: number;
  /** After the start, and after all that is measured here. */
  readonly startMiB: number;
  readonly residentMiB: number;
  /** A tag that was not there, on a manifest that was. */
  readonly pushMs: number;
  /** The first page of tags, or of the catalogue: the first one ever asked for, which reads the disk, and any later one. */
  readonly firstEverMs: number;
  readonly firstPageMs: number;
  /** A page from the middle. */
  readonly middlePageMs: number;
}

export interface ScaleResults {
  readonly points: readonly ScalePoint[];
}

/** What is measured of each point, with its unit. */
export const scaleMeasures = {
  startMs: 'start',
  startMiB: 'resident after it',
  pushMs: 'push of a tag',
  firstEverMs: 'first page, the first time',
  firstPageMs: 'first page',
  middlePageMs: 'page from the middle',
  residentMiB: 'resident after all',
} as const;

export type ScaleMeasure = keyof typeof scaleMeasures;
