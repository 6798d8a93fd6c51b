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

/** How a contestant is called. */
export interface Contestant {
  readonly words: (order: CopyOrder) => readonly string[];
  /** Makes it tell its version. */
  readonly versionWords: readonly string[];
}

const command = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));

/** What each is called with: its defaults, and plain HTTP where that has to be said. */
export const contestants: Readonly<Record<PeerName | 'command', Contestant>> = {
  crane: {
    words: ({ source, target }) => ['crane', 'copy', '--insecure', source, target],
    versionWords: ['crane', 'version'],
  },
  regctl: {
    words: ({ source, target }) => ['regctl', ...plainHosts(source, target), 'image', 'copy', source, target],
    versionWords: ['regctl', 'version', '--format', '{{.VCSTag}}'],
  },
  oras: {
    words: ({ source, target }) => ['oras', 'cp', '--from-plain-http', '--to-plain-http', source, target],
    versionWords: ['oras', 'version'],
  },
  skopeo: {
    words: ({ source, target }) => [
      ...['skopeo', '--insecure-policy', 'copy', '--all', '--src-tls-verify=false', '--dest-tls-verify=false'],
      ...[`docker://${source}`, `docker://${target}`],
    ],
    versionWords: ['skopeo', '--version'],
  },
  command: {
    words: ({ source, target }) => [process.execPath, command, 'copy', '--yes', source, target],
    versionWords: [process.execPath, command, '--version'],
  },
};

function plainHosts(...references: readonly string[]): readonly string[] {
  const hosts = new Set(references.map((reference) => reference.split('/', 1)[0]));
  return [...hosts].flatMap((host) => ['--host', `reg=${host},tls=disabled`]);
}
