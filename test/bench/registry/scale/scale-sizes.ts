/** How large the registries of the curve are. */

export interface ScaleSizes {
  /** Tags in one repository. */
  readonly tags: readonly number[];
  /** Repositories, each with one image. */
  readonly repositories: readonly number[];
  /** Requests of a kind, whose median counts. */
  readonly samples: number;
  /** Starts, each after a kill, whose median counts. */
  readonly starts: number;
}

/** What the kept results are measured with. */
export const fullScale: ScaleSizes = {
  tags: [1_000, 10_000, 100_000],
  repositories: [100, 1_000, 10_000],
  samples: 50,
  starts: 5,
};

/** Enough to see that everything works. */
export const quickScale: ScaleSizes = { tags: [10, 2_000], repositories: [5, 50], samples: 3, starts: 1 };
