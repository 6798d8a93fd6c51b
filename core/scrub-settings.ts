/** When the embedded registry reads again all that it keeps, and how fast. */

export interface ScrubSettings {
  /** Between two scrubs; undefined: only when somebody asks for one. */
  readonly everyMs: number | undefined;
  /** Bytes read in a second at most: clients want the disk too. */
  readonly bytesPerSecond: number;
}

const weekMs = 7 * 24 * 60 * 60 * 1000;

/** What holds where nothing was chosen: 20 MiB a second read two terabytes in little more than a day. */
export const defaultScrubSettings: ScrubSettings = { everyMs: weekMs, bytesPerSecond: 20 * 1024 * 1024 };
