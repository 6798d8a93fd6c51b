/** Who can be compared with here, in which versions. */
import { runToEnd } from '../../e2e/run-program.ts';
import { contestEnvironment } from '../copy/tool-versions.ts';
import { type Contest, type PeerName, peerNames } from './contestant.ts';

export interface FoundPeers {
  readonly peers: readonly PeerName[];
  readonly absent: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * The peers that are wanted, or all that are here.
 * @throws Error that names every one that is wanted and absent.
 */
export async function findPeers(
  { registryProgram, toolPath }: Pick<Contest, 'registryProgram' | 'toolPath'>,
  wanted: readonly PeerName[] | undefined,
): Promise<FoundPeers> {
  const env = contestEnvironment({ toolPath });
  const programs = { distribution: registryProgram, zot: 'zot' } as const;
  const asked = wanted ?? peerNames;
  const versions = new Map<string, string>();
  const absent: string[] = [];
  for (const [name, program] of Object.entries(programs)) {
    if (!asked.some((peer) => peer.startsWith(name))) continue;
    try {
      versions.set(name, versionIn(await runToEnd(program, ['--version'], { env })));
    } catch (error) {
      absent.push(name);
      if (wanted !== undefined) throw new Error(`${name} is not on this machine: ${error}`);
    }
  }
  const peers = asked.filter((peer) => [...versions.keys()].some((name) => peer.startsWith(name)));
  return { peers, absent, versions: Object.fromEntries(versions) };
}

/** zot tells it as a line of its log. */
function versionIn(output: string): string {
  return (
    /\bv?(\d+\.\d+\.\d+[^\s"]*)"?,"binary-type"/.exec(output)?.[1] ?? /\bv?(\d+\.\d+\.\d+\S*)/.exec(output)?.[1] ?? ''
  );
}
