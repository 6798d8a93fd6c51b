/** What is built and released in the benchmark of the Action, and how often. */

export interface ActionSizes {
  readonly rounds: number;
  /** Random bytes: each layer is a directory that is copied into the image. */
  readonly layers: number;
  readonly layerBytes: number;
  /** How long a step of the build takes whose time the release is held against. */
  readonly buildSeconds: number;
}

/** What the kept results are measured with: an image of some 50 MB, and a build of some 10 s. */
export const fullSizes: ActionSizes = { rounds: 5, layers: 5, layerBytes: 10_000_000, buildSeconds: 10 };

/** Enough to see that everything works; its times mean nothing. */
export const quickSizes: ActionSizes = { rounds: 1, layers: 2, layerBytes: 200_000, buildSeconds: 1 };
