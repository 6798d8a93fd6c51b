/** The tags of a version, sorted by who says whether they move. */
import { type LadderPlan, planLadder } from '../../core/ladder.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ReleaseSubject } from '../release-request.ts';
import type { ReleaseRun } from '../release-run.ts';

export interface RankedTags extends Pick<LadderPlan, 'exact' | 'hold'> {
  /** Rungs that the version takes, lowest first. */
  readonly floats: readonly Tag[];
  /** Tags that were asked for besides and that nobody ranks. */
  readonly refs: readonly Tag[];
}

/** What the ladder says, seen from the tags of a repository, and what it has no say in. Warns of what the ladder warns of. */
export function rankTags(
  run: ReleaseRun,
  { version, extraTags }: Extract<ReleaseSubject, { readonly kind: 'version' }>,
  existingTags: Iterable<Tag>,
): RankedTags {
  const policy = run.request.policy.ladder;
  const { exact, move, hold, warnings } = planLadder({ version, existingTags: [...existingTags], policy });
  for (const { code, message } of warnings) run.warn(code, message);
  const ranked = new Set([exact, ...[...move, ...hold].map(({ tag }) => tag)]);
  return { exact, hold, floats: move.map(({ tag }) => tag), refs: extraTags.filter((tag) => !ranked.has(tag)) };
}
