/** The whole measurement: rows beside the peers, then the curve of our own. */
import { tmpdir } from 'node:os';
import { readStorageKind } from '../storage-kind.ts';
import { type Contest, durability } from './contestant.ts';
import { findPeers } from './find-peers.ts';
import { measureRows } from './measure-rows.ts';
import type { RegistryFlags } from './registry-flags.ts';
import { type RegistryResults, summariseWindows } from './registry-results.ts';
import { caseNames } from './registry-row.ts';
import { measureScale } from './scale/measure-scale.ts';

/** The results. TMPDIR chooses where all registries keep their content: a disk, or what they flush costs nothing. */
export async function measureRegistry(
  programs: Pick<Contest, 'registryProgram' | 'toolPath'>,
  { peers: wanted, parts, sizes, scale }: Pick<RegistryFlags, 'peers' | 'parts' | 'sizes' | 'scale'>,
  say: (line: string) => void,
): Promise<RegistryResults> {
  const { peers, absent, versions } = await findPeers(programs, wanted);
  const directory = tmpdir();
  const names = caseNames.filter((name) => parts.includes(name));
  const records = await measureRows({ contest: { ...programs, peers }, names, sizes, directory, say });
  return {
    versions,
    storage: await readStorageKind(directory),
    durability: Object.fromEntries((['ours', ...peers] as const).map((name) => [name, durability[name]])),
    absent,
    sizes,
    rows: summariseWindows(records),
    ...(parts.includes('scale') ? { scale: await measureScale(scale, directory, say) } : {}),
  };
}
