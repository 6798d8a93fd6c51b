/** Where each rung of a ladder belongs, read from the exact tags there are and from nothing else. */
import type { Tag } from '../oci/spec/tag.ts';
import type { Hold, LadderPolicy } from './ladder-policy.ts';
import { evaluateExclusion, listRungs, type Rung, readChannel } from './ladder-rung.ts';
import { compareBuilds, inRange, readExactTag, type Version } from './version.ts';

/** A rung and the version it belongs to. */
export interface Standing {
  readonly rung: Rung;
  /** The highest version that may take the rung; undefined when none may. */
  readonly highest: Version | undefined;
  /** The hold that keeps the rung where it is; undefined when there is none, or when it has ended. */
  readonly hold: Hold | undefined;
  /**
   * The version the rung should name now; undefined leaves it alone: no version may take it, `latest: always` knows no
   * right one, or the hold names a version that is not there, is yanked, or is of another line.
   */
  readonly rightful: Version | undefined;
}

/** The versions whose canonical exact tags are among the tags, each once. Every other tag is ignored. */
export function readVersions(tags: Iterable<string>, policy: LadderPolicy): readonly Version[] {
  return [...new Set(tags)].flatMap((tag) => readExactTag(tag, policy.naming) ?? []);
}

/**
 * The standing of every rung of the ladder or, when a version is given, of the rungs it competes for; lowest first for
 * one version. The order of `versions` makes no difference.
 */
export function readStandings(
  versions: readonly Version[],
  policy: LadderPolicy,
  around?: Version,
): ReadonlyMap<Tag, Standing> {
  const channels = listChannels(versions, policy);
  const lines = new Map<Tag, Line>();
  const wanted =
    around === undefined
      ? versions.flatMap((version) => listRungs(version, [], policy))
      : listRungs(around, channels, policy);
  for (const rung of wanted) if (!lines.has(rung.tag)) lines.set(rung.tag, { rung, members: [] });
  for (const version of versions)
    for (const rung of listRungs(version, [], policy))
      if (evaluateExclusion(version, rung, policy) === undefined) lines.get(rung.tag)?.members.push(version);
  const overtaking = listOvertaking(versions, policy);
  return new Map([...lines].map(([tag, line]) => [tag, standingOf(line, overtaking, policy)]));
}

/** A rung and the versions that may take it by their own text. */
interface Line {
  readonly rung: Rung;
  readonly members: Version[];
}

/** Stable versions, which may take every channel: kept once, because there may be as many channels as versions. */
interface Overtaking {
  readonly members: readonly Version[];
  readonly highest: Version | undefined;
}

function listOvertaking(versions: readonly Version[], policy: LadderPolicy): Overtaking {
  const isOvertaking = ({ prerelease, text }: Version) => prerelease.length === 0 && !policy.yanked.includes(text);
  const members = policy.channels.includeStable ? versions.filter(isOvertaking) : [];
  return { members, highest: highestOf(members) };
}

function standingOf({ rung, members }: Line, overtaking: Overtaking, policy: LadderPolicy): Standing {
  const others = rung.kind === 'channel' ? overtaking : { members: [], highest: undefined };
  const highest = highestOf([...members, ...(others.highest === undefined ? [] : [others.highest])]);
  const find = (suits: (version: Version) => boolean) => members.find(suits) ?? others.members.find(suits);
  const hold = policy.holds.find(({ tag, until }) => {
    return tag === rung.tag && find((version) => until !== undefined && inRange(version, until)) === undefined;
  });
  const unruled = rung.kind === 'latest' && policy.latest.kind === 'always';
  const ruled = unruled ? undefined : highest;
  const rightful = hold === undefined ? ruled : find(({ text }) => text === hold.at.text);
  return { rung, highest, hold, rightful };
}

function highestOf([first, ...rest]: readonly Version[]): Version | undefined {
  return first && rest.reduce((best, version) => (compareBuilds(version, best) > 0 ? version : best), first);
}

/** The channels that have a prerelease, in alphabetical order so that no order of tags can show. */
function listChannels(versions: readonly Version[], policy: LadderPolicy): readonly string[] {
  return [...new Set(versions.flatMap((version) => readChannel(version, policy) ?? []))].sort();
}
