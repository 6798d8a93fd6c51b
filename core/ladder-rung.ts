/** The rungs of a ladder: which floating tags a version competes for, by its own text and the policy. */
import type { Tag } from '../oci/spec/tag.ts';
import { type LadderPolicy, type RungKind, rungKinds } from './ladder-policy.ts';
import { numberTag, wordTag } from './tag-naming.ts';
import { inRange, type Version } from './version.ts';

/** A floating tag of the ladder. */
export interface Rung {
  readonly kind: RungKind;
  readonly tag: Tag;
}

/** Why a version may not take a rung of its own line. */
export type Exclusion = 'yanked' | 'out-of-range';

/**
 * The rungs the version competes for, lowest first. `channels` are the channels there are: a stable version competes
 * for them too where the policy says so.
 */
export function listRungs(version: Version, channels: readonly string[], policy: LadderPolicy): readonly Rung[] {
  return rungKinds
    .filter((kind) => policy.rungs.includes(kind))
    .flatMap((kind) => listTags(kind, version, channels, policy).map((tag) => ({ kind, tag })));
}

/** Why the version may not take the rung although it is of its line; undefined when it may. */
export function evaluateExclusion(version: Version, rung: Rung, policy: LadderPolicy): Exclusion | undefined {
  if (policy.yanked.includes(version.text)) return 'yanked';
  const { latest } = policy;
  return rung.kind === 'latest' && latest.kind === 'range' && !inRange(version, latest.range)
    ? 'out-of-range'
    : undefined;
}

/** The channel of a prerelease: its first identifier, when that is a word and not reserved. */
export function readChannel(version: Version, policy: LadderPolicy): string | undefined {
  const name = readChannelName(version);
  return name === undefined || isReservedChannel(name, policy) ? undefined : name;
}

/** The name a prerelease's channel would have, were it not for reserved names. */
export function readChannelName(version: Version): string | undefined {
  const name = version.prerelease[0];
  return typeof name === 'string' && /^[a-z]+$/i.test(name) ? name : undefined;
}

/** Whether a channel of that name would take another's tag: `1.2.3-latest.1` must not move `latest`. */
function isReservedChannel(name: string, policy: LadderPolicy): boolean {
  const { naming, channels } = policy;
  const lower = name.toLowerCase();
  const reserved = ['latest', ...channels.reserved, ...naming.variants];
  return lower.startsWith('sha') || reserved.some((word) => word.toLowerCase() === lower);
}

function listTags(kind: RungKind, version: Version, channels: readonly string[], policy: LadderPolicy): readonly Tag[] {
  const { naming, latest, zeroMajor } = policy;
  switch (kind) {
    case 'minor':
      return isStable(version) ? [numberTag(`${version.major}.${version.minor}`, naming)] : [];
    case 'major':
      return isStable(version) && (version.major > 0 || zeroMajor) ? [numberTag(`${version.major}`, naming)] : [];
    case 'latest':
      return isStable(version) && latest.kind !== 'never' ? [wordTag('latest', naming)] : [];
    case 'channel':
      return listChannelsOf(version, channels, policy).map((channel) => wordTag(channel, naming));
  }
}

function listChannelsOf(version: Version, channels: readonly string[], policy: LadderPolicy): readonly string[] {
  if (isStable(version)) return policy.channels.includeStable ? channels : [];
  const channel = readChannel(version, policy);
  return channel === undefined ? [] : [channel];
}

function isStable(version: Version): boolean {
  return version.prerelease.length === 0;
}
