/**
 * The repair of a tag ladder. Registries have no compare-and-swap, so two releases at once can leave a rung behind. Each
 * writer therefore lists again after its last write and re-points what is wrong, until a list shows nothing to do: the
 * last writer always compares with every exact tag that was there before it. What a killed writer leaves behind is
 * repaired by the next release of the line, or by a repair of the whole ladder.
 */
import type { Digest } from '../oci/spec/digest.ts';
import type { Tag } from '../oci/spec/tag.ts';
import { defaultLadderPolicy, type LadderPolicy, type RungKind } from './ladder-policy.ts';
import { readStandings, readVersions } from './ladder-standing.ts';
import { exactTag, type Version } from './version.ts';

/** A repository's tags, and which part of the ladder is in question. */
export interface RepairRequest {
  /** Every tag of the repository as a key; the digest where it is known, which it must be for listTagsToResolve. */
  readonly existing: ReadonlyMap<string, Digest | undefined>;
  /** defaultLadderPolicy when absent. */
  readonly policy?: LadderPolicy;
  /** Only the rungs this version competes for; all rungs when absent. */
  readonly version?: Version;
}

/** What has to be written for the ladder to stand, as data. */
export interface RepairPlan {
  /** Empty when the ladder stands as it should. */
  readonly move: readonly RungRepair[];
  /** Tags that were listed and whose digest is not known: list again before believing that all is well. */
  readonly unresolved: readonly Tag[];
}

/** A rung that names the wrong digest, or is absent. */
export interface RungRepair {
  readonly tag: Tag;
  readonly rung: RungKind;
  /** Text of the version the rung belongs to. */
  readonly version: string;
  /** Digest the rung names now; undefined when it is absent. */
  readonly from: Digest | undefined;
  readonly to: Digest;
}

/** The rungs to re-point, lowest first within a line. A rung without a rightful version is left alone. */
export function planRepair({ existing, policy = defaultLadderPolicy, version }: RepairRequest): RepairPlan {
  const move: RungRepair[] = [];
  const unresolved: Tag[] = [];
  for (const { tag, rung, exact, version: text } of listClaims(existing.keys(), policy, version)) {
    const from = existing.get(tag);
    const to = existing.get(exact);
    if (to === undefined) unresolved.push(exact);
    else if (from === undefined && existing.has(tag)) unresolved.push(tag);
    else if (from !== to) move.push({ tag, rung, version: text, from, to });
  }
  return { move, unresolved };
}

/** The tags whose digests planRepair compares: the rungs that exist, and the exact tags they should agree with. */
export function listTagsToResolve(
  existingTags: readonly string[],
  policy: LadderPolicy = defaultLadderPolicy,
  version?: Version,
): readonly Tag[] {
  const existing = new Set(existingTags);
  const claims = listClaims(existing, policy, version);
  return [...new Set(claims.flatMap(({ tag, exact }) => (existing.has(tag) ? [exact, tag] : [exact])))];
}

/** A rung and the exact tag it should agree with. */
interface Claim {
  readonly tag: Tag;
  readonly rung: RungKind;
  readonly exact: Tag;
  readonly version: string;
}

function listClaims(
  existingTags: Iterable<string>,
  policy: LadderPolicy,
  around: Version | undefined,
): readonly Claim[] {
  const standings = readStandings(readVersions(existingTags, policy), policy, around);
  return [...standings.values()].flatMap(({ rung, rightful }) => {
    if (rightful === undefined) return [];
    return [{ tag: rung.tag, rung: rung.kind, exact: exactTag(rightful, policy.naming), version: rightful.text }];
  });
}
