/** The policy of a tag ladder: which rungs there are, who may take them, and what has been decided against the rule. */
import { validRange } from 'semver';
import { InputError } from '../errors/errors.ts';
import { parseTag, type Tag } from '../oci/spec/tag.ts';
import { defaultNaming, parseTagNaming, type TagNaming } from './tag-naming.ts';
import { exactTag, parseVersion, type Version } from './version.ts';

/** The resolved policy: everything present. */
export interface LadderPolicy {
  readonly naming: TagNaming;
  readonly rungs: readonly RungKind[];
  /** Whether 0.x.y takes the rung `0`, whose holders promise each other no compatibility. */
  readonly zeroMajor: boolean;
  readonly latest: LatestRule;
  readonly channels: ChannelPolicy;
  /** Texts of versions that take no rung. */
  readonly yanked: readonly string[];
  readonly holds: readonly Hold[];
}

/** A floating tag's sort: X.Y, X, `latest`, or the channel of a prerelease. */
export type RungKind = (typeof rungKinds)[number];

/** Lowest first, which is the order in which they move. */
export const rungKinds = ['minor', 'major', 'latest', 'channel'] as const;

/** Who takes `latest`: the highest stable version, that of a range, every stable version whatever its order, or nobody. */
export type LatestRule =
  | { readonly kind: 'auto' | 'always' | 'never' }
  | { readonly kind: 'range'; readonly range: string };

/** What prerelease channels may be called, and who may take them. */
export interface ChannelPolicy {
  /** Whether a channel advances to a stable release that overtakes it, as npm's `next` does. */
  readonly includeStable: boolean;
  /** Names no channel may have, in any case: the environments' tags. `latest`, sha… and the variants are reserved besides. */
  readonly reserved: readonly string[];
}

/** A person's decision that a rung stays where it is: `latest at 1.4.1 until >1.4.2`. */
export interface Hold {
  readonly tag: Tag;
  readonly at: Version;
  /** The first version of the rung in this range ends the hold; undefined when only its removal does. */
  readonly until: string | undefined;
}

/** Every rung, the highest version on each, no exceptions. */
export const defaultLadderPolicy: LadderPolicy = {
  naming: defaultNaming,
  rungs: rungKinds,
  zeroMajor: false,
  latest: { kind: 'auto' },
  channels: { includeStable: false, reserved: ['dev', 'staging', 'production', 'prod'] },
  yanked: [],
  holds: [],
};

/** The policy as people write it. */
export interface WrittenLadderPolicy {
  readonly naming?: Partial<TagNaming>;
  /** `exact` may be among them: it is always written. */
  readonly rungs?: readonly string[];
  readonly zeroMajor?: boolean;
  /** auto, always, never, or a range such as `1.x`. */
  readonly latest?: string;
  readonly channels?: Partial<ChannelPolicy>;
  readonly yanked?: readonly string[];
  readonly holds?: readonly string[];
}

/**
 * The policy with the defaults filled in.
 * @throws InputError LADDER_INVALID, VERSION_INVALID, TAG_INVALID.
 */
export function parseLadderPolicy(written: WrittenLadderPolicy): LadderPolicy {
  const { rungs, zeroMajor, latest, yanked = [], holds = [] } = written;
  const naming = parseTagNaming(written.naming ?? {});
  return {
    naming,
    rungs: rungs === undefined ? defaultLadderPolicy.rungs : parseRungs(rungs),
    zeroMajor: zeroMajor ?? defaultLadderPolicy.zeroMajor,
    latest: latest === undefined ? defaultLadderPolicy.latest : parseLatestRule(latest),
    channels: { ...defaultLadderPolicy.channels, ...written.channels },
    yanked: yanked.map((text) => parseVersion(text).text),
    holds: holds.map((text) => parseHold(text, naming)),
  };
}

function parseRungs(names: readonly string[]): readonly RungKind[] {
  const unknown = names.find((name) => name !== 'exact' && !rungKinds.some((kind) => kind === name));
  if (unknown !== undefined) throw ladderInvalid('rung', unknown, `choose among exact, ${rungKinds.join(', ')}`);
  return rungKinds.filter((kind) => names.includes(kind));
}

function parseLatestRule(text: string): LatestRule {
  if (text === 'auto' || text === 'always' || text === 'never') return { kind: text };
  return { kind: 'range', range: parseRange(text) };
}

function parseHold(text: string, naming: TagNaming): Hold {
  const [, tag, at, until] = /^(?:hold\s+)?(\S+)\s+at\s+(\S+)(?:\s+until\s+(\S.*))?$/.exec(text.trim()) ?? [];
  if (tag === undefined || at === undefined)
    throw ladderInvalid('hold', text, 'write it as latest at 1.4.1 until >1.4.2; the last two words may be left out');
  const version = parseVersion(at);
  exactTag(version, naming); // throws for a version that has no tag here
  return { tag: parseTag(tag), at: version, until: until === undefined ? undefined : parseRange(until) };
}

function parseRange(text: string): string {
  if (text.trim() !== '' && validRange(text) !== null) return text;
  throw ladderInvalid('version range', text, 'write a range such as 1.x, ~1.4 or >1.4.2');
}

function ladderInvalid(setting: string, value: string, wayOut: string): InputError {
  return new InputError({ code: 'LADDER_INVALID', message: `not a ${setting}: ${JSON.stringify(value)}`, wayOut });
}
