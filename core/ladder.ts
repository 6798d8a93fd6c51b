/** The tag ladder: which floating tags a version has earned, seen from the tags a repository has. */
import type { Tag } from '../oci/spec/tag.ts';
import { defaultLadderPolicy, type LadderPolicy, type RungKind } from './ladder-policy.ts';
import { type Exclusion, evaluateExclusion, readChannel, readChannelName } from './ladder-rung.ts';
import { readStandings, readVersions, type Standing } from './ladder-standing.ts';
import { exactTag, readMisordered, type Version } from './version.ts';

/** A release, and what the repository has before it. */
export interface LadderRequest {
  /** The version that is released. */
  readonly version: Version;
  /** Every tag of the repository: a list with gaps makes rungs go backwards. */
  readonly existingTags: readonly string[];
  /** defaultLadderPolicy when absent. */
  readonly policy?: LadderPolicy;
}

/** What a release does to the tags, as data. */
export interface LadderPlan {
  /** Written once, before any rung moves. */
  readonly exact: Tag;
  /** The rungs to point at the version, in this order: lowest first, so that `latest` moves last. */
  readonly move: readonly RungMove[];
  /** The rungs of the version's lines that stay where they are. */
  readonly hold: readonly RungHold[];
  readonly warnings: readonly LadderWarning[];
}

/** A rung the version takes. */
export interface RungMove {
  readonly tag: Tag;
  readonly rung: RungKind;
  /** `highest`: nothing in its line is higher; `always`: the policy asks for no comparison; `held-here`: a hold names this version. */
  readonly reason: 'highest' | 'always' | 'held-here';
}

/** A rung of the version's line that another keeps. */
export interface RungHold {
  readonly tag: Tag;
  readonly rung: RungKind;
  readonly reason: 'higher-exists' | 'on-hold' | Exclusion;
  /** Text of the version the rung belongs to; undefined when no version may take it. */
  readonly heldAt: string | undefined;
}

/** Something about the version that its author may not have meant. */
export interface LadderWarning {
  readonly code: 'prerelease-misordered' | 'channel-reserved';
  readonly message: string;
}

/**
 * What releasing the version does to the tags. The plan depends on the set of exact tags alone: not on their order, not
 * on where the rungs point now, not on tags that are no exact tags of this ladder. A rung never moves to a version below
 * the highest of its line, except by `latest: always` or a hold.
 *
 * @throws InputError VERSION_INVALID when the naming cannot spell the version, TAG_INVALID when a tag would be too long.
 */
export function planLadder({ version, existingTags, policy = defaultLadderPolicy }: LadderRequest): LadderPlan {
  const exact = exactTag(version, policy.naming);
  const versions = readVersions([...existingTags, exact], policy);
  const verdicts = [...readStandings(versions, policy, version).values()].map((standing) =>
    planRung(version, standing, policy),
  );
  return {
    exact,
    move: verdicts.flatMap((verdict) => verdict.move ?? []),
    hold: verdicts.flatMap((verdict) => verdict.hold ?? []),
    warnings: listWarnings(version, policy),
  };
}

/** Whether the version takes the rung. A hold is a person's word: it goes before the rules of order. */
function planRung(
  version: Version,
  { rung, highest, hold }: Standing,
  policy: LadderPolicy,
): { readonly move?: RungMove; readonly hold?: RungHold } {
  const { tag, kind } = rung;
  const stays = (reason: RungHold['reason'], heldAt: Version | undefined) => ({
    hold: { tag, rung: kind, reason, heldAt: heldAt?.text },
  });
  const moves = (reason: RungMove['reason']) => ({ move: { tag, rung: kind, reason } });

  const exclusion = evaluateExclusion(version, rung, policy);
  if (exclusion !== undefined) return stays(exclusion, hold?.at ?? highest);
  if (hold !== undefined) return hold.at.text === version.text ? moves('held-here') : stays('on-hold', hold.at);
  if (kind === 'latest' && policy.latest.kind === 'always') return moves('always');
  return highest?.text === version.text ? moves('highest') : stays('higher-exists', highest);
}

function listWarnings(version: Version, policy: LadderPolicy): readonly LadderWarning[] {
  const warnings: LadderWarning[] = [];
  const misordered = readMisordered(version);
  if (misordered !== undefined) {
    const { written, better } = misordered;
    warnings.push({
      code: 'prerelease-misordered',
      message: `${written} in ${version.text} is compared as text, so that a 10 comes before a 9; write ${better}`,
    });
  }
  const name = readChannelName(version);
  if (name !== undefined && policy.rungs.includes('channel') && readChannel(version, policy) === undefined)
    warnings.push({
      code: 'channel-reserved',
      message: `${version.text} moves no channel tag: ${name} is a reserved name`,
    });
  return warnings;
}
