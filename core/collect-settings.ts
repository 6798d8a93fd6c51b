/** When the embedded registry collects what nothing points at, and for how long it waits with that. */

export interface CollectSettings {
  /** Between two collections; undefined: only when somebody asks for one. */
  readonly everyMs: number | undefined;
  /** For so long after a client was told of content nothing of it is collected: longer than any push takes. */
  readonly graceMs: number;
  /** How long a manifest is kept after its last tag, and after its last pull. */
  readonly untaggedForMs: number;
  /** How many digests that a tag named before are kept with it. */
  readonly previousDigests: number;
}

const hourMs = 60 * 60 * 1000;

/** What holds where nothing was chosen. */
export const defaultCollectSettings: CollectSettings = {
  everyMs: hourMs,
  graceMs: hourMs,
  untaggedForMs: 7 * 24 * hourMs,
  previousDigests: 5,
};
