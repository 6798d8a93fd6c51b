/** The numbers of the benchmark of the Action, as they are kept. */

import type { WireCount } from '../copy/wire/open-wire.ts';
import { type Spread, spreadOf } from '../spread.ts';
import type { ActionSizes } from './action-sizes.ts';
import type { BuilderName } from './builder-watch.ts';
import type { DoorName } from './ours.ts';
import type { TimedRun } from './timed-run.ts';

/** How long it takes until a builder is started. */
export interface StartResult {
  readonly door: DoorName;
  readonly builder: BuilderName;
  readonly untilBuildMs: Spread;
}

/** `docker` and `buildah` build and push four tags by themselves; ours do it with their help, or with nobody's. */
export const contestantNames = ['docker', 'ours-docker', 'buildah', 'ours-buildah', 'ours-none'] as const;
export type ContestantName = (typeof contestantNames)[number];

/** One release of the same image by one contestant. */
export interface ReleaseStanding {
  readonly contestant: ContestantName;
  readonly wallMs: Spread;
  /** What the builder took of it. */
  readonly buildMs: Spread;
  /** From the end of the build to the end: the push and the tags. */
  readonly pushMs: Spread;
  /** What programs of the builder took of the push: for them nearly all of it, for us to give the image out. */
  readonly programsMs: Spread;
  /** Of one run. */
  readonly requests: WireCount['requests'];
  readonly connections: number;
  readonly sentBytes: number;
}

/** A whole release by us, held against the build command alone. */
export interface OverheadResult {
  readonly builder: BuilderName;
  readonly aloneMs: Spread;
  readonly oursMs: Spread;
  /** What the build command took of ours. */
  readonly oursBuildMs: Spread;
  /** The median of the rounds' ratios. */
  readonly ratio: number;
}

export interface ActionResults {
  readonly versions: Readonly<Record<string, string>>;
  /** File system of registry, builders and contexts. */
  readonly storage: string;
  readonly sizes: ActionSizes;
  /** In bytes, by the name of the file. */
  readonly bundle: Readonly<Record<string, number>>;
  /** Node with an empty program, in milliseconds. */
  readonly nodeMs: Spread;
  readonly starts: readonly StartResult[];
  readonly releases: readonly ReleaseStanding[];
  readonly overheads: readonly OverheadResult[];
}

/** One run of a contestant; counts where it went over the wire instead of being timed. */
export interface ReleaseRecord {
  readonly contestant: ContestantName;
  readonly run: TimedRun;
  readonly count: WireCount | undefined;
}

/** The runs by contestant. */
export function summariseReleases(records: readonly ReleaseRecord[]): readonly ReleaseStanding[] {
  return contestantNames.flatMap((contestant) => {
    const own = records.filter((record) => record.contestant === contestant);
    if (own.length === 0) return [];
    const timed = own.filter(({ count }) => count === undefined).map(({ run }) => run);
    const count = own.find((record) => record.count !== undefined)?.count;
    return [
      {
        contestant,
        wallMs: spreadOf(timed.map(({ wallMs }) => wallMs)),
        buildMs: spreadOf(timed.map(({ buildMs }) => buildMs)),
        pushMs: spreadOf(timed.map(({ afterBuildMs }) => afterBuildMs)),
        programsMs: spreadOf(timed.map(({ programsMs }) => programsMs)),
        requests: count?.requests ?? {},
        connections: count?.connections ?? 0,
        sentBytes: count?.sentBytes ?? 0,
      },
    ];
  });
}
