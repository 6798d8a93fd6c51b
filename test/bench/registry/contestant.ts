/** Whose registries are compared, with what each does to keep what it acknowledged. */

export const peerNames = ['distribution', 'zot', 'zot-commit'] as const;
export type PeerName = (typeof peerNames)[number];
export type ContestantName = 'ours' | PeerName;

/** Who takes part, and where their programs are. */
export interface Contest {
  readonly peers: readonly PeerName[];
  /** Command of distribution: `registry`, or `docker-registry` where it is Debian's. */
  readonly registryProgram: string;
  /** Directories in which programs are looked for before those of PATH. */
  readonly toolPath: readonly string[];
}

export const labels: Readonly<Record<ContestantName, string>> = {
  ours: 'registry-action',
  distribution: 'distribution',
  zot: 'zot, commit false',
  'zot-commit': 'zot, commit true',
};

/** What each does before it acknowledges a blob; none has a switch for more, save zot's `commit`. */
export const durability: Readonly<Record<ContestantName, string>> = {
  ours: 'flushes the file, then its directory, then the directory of the link; signs every request in',
  distribution: 'flushes the file, then the link with its directory, not that of the content; asks for no sign-in',
  zot: 'flushes no content (its default); asks for no sign-in',
  'zot-commit': 'flushes the file, no directory; asks for no sign-in',
};
