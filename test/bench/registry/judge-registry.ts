/** Which aims were missed. */
import { type ContestantName, labels, peerNames } from './contestant.ts';
import type { RegistryResults, RowResult, Standing } from './registry-results.ts';
import { titleOf } from './registry-row.ts';
import { missedGrowths } from './scale/judge-scale.ts';

/** Ours by theirs on every row: at or above distribution, then zot. */
const ratioMin = 1;

/** Every aim that was missed, distribution's rows before zot's, then what grew with the size of the registry. */
export function missedAims(results: RegistryResults): readonly string[] {
  const behind = peerNames.flatMap((peer) => results.rows.flatMap((row) => missedRatio(row, peer, results)));
  const absent = results.absent.map((peer) => `not compared with ${peer}: it is not on this machine`);
  return [...behind, ...absent, ...missedGrowths(results.scale)];
}

function missedRatio(row: RowResult, peer: ContestantName, { sizes }: RegistryResults): readonly string[] {
  const theirs = row.standings.find(({ contestant }) => contestant === peer);
  if (theirs === undefined || theirs.oursByTheirs >= ratioMin) return [];
  const ours = row.standings.find(({ contestant }) => contestant === 'ours');
  const rates = `ours ${formatRate(ours)}, ${labels[peer]} ${formatRate(theirs)}`;
  return [`${titleOf(row, sizes)}: ${rates} a second: ${theirs.oursByTheirs} of it, aimed at ${ratioMin}`];
}

function formatRate(standing: Standing | undefined): string {
  return standing === undefined ? 'nothing' : String(standing.perSecond);
}
