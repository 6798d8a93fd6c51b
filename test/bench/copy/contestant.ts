/** Who copies in the benchmark: other people's programs, our command, and our engine without the command around it. */
import { fileURLToPath } from 'node:url';

export const peerNames = ['crane', 'regctl', 'oras', 'skopeo'] as const;
export type PeerName = (typeof peerNames)[number];

/** `command` is `registry-action copy` as people start it; `engine` the same copy in a process that has started already. */
export const ourNames = ['command', 'engine'] as const;
export type OurName = (typeof ourNames)[number];

export type ContestantName = PeerName | OurName;

/** Who takes part, and where their programs are. */
export interface Contest {
  readonly peers: readonly PeerName[];
  /** The registry's command: `registry`, or `docker-registry` where it is Debian's. */
  readonly registryProgram: string;
  /** Directories in which programs are looked for before those of PATH. */
  readonly toolPath: readonly string[];
}

/** One copy, by `host:port/repository:tag`. */
export interface CopyOrder {
  readonly source: string;
  readonly target: string;
}

/** Our command without its verb, as npx finds it, on the Node that runs this. */
export const ourProgram: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL('../../../scripts/registry-action.mjs', import.meta.url)),
];

/** What each program is called with: its defaults, plain HTTP where that has to be said, and no referrers, as with the others. */
export const commandLines: Readonly<Record<PeerName | 'command', (order: CopyOrder) => readonly string[]>> = {
  crane: ({ source, target }) => ['crane', 'copy', '--insecure', source, target],
  regctl: ({ source, target }) => ['regctl', ...plainHosts(source, target), 'image', 'copy', source, target],
  oras: ({ source, target }) => ['oras', 'cp', '--from-plain-http', '--to-plain-http', source, target],
  skopeo: ({ source, target }) => [
    ...['skopeo', '--insecure-policy', 'copy', '--all', '--src-tls-verify=false', '--dest-tls-verify=false'],
    ...[`docker://${source}`, `docker://${target}`],
  ],
  command: ({ source, target }) => [...ourProgram, 'copy', '--yes', '--no-referrers', source, target],
};

/** What makes each peer tell its version. */
export const versionLines: Readonly<Record<PeerName, readonly string[]>> = {
  crane: ['crane', 'version'],
  regctl: ['regctl', 'version', '--format', '{{.VCSTag}}'],
  oras: ['oras', 'version'],
  skopeo: ['skopeo', '--version'],
};

function plainHosts(...references: readonly string[]): readonly string[] {
  const hosts = new Set(references.map((reference) => reference.split('/', 1)[0]));
  return [...hosts].flatMap((host) => ['--host', `reg=${host},tls=disabled`]);
}
