/** The version that a tag spells, with what stands before it, to tell newer from older ones. */
import type { Tag } from '../oci/spec/tag.ts';
import { compareBuilds, readExactTag, type Version } from './version.ts';

export interface VersionTag {
  readonly tag: Tag;
  /** What stands before the version and its separator; empty for most. */
  readonly component: string;
  readonly version: Version;
}

/** A component ends where the first three numbers begin. */
const componentGrammar = /^(?:([a-zA-Z].*?)[._-])?v?(\d+\.\d+\.\d+.*)$/;

const anyBuild = { component: '', tagPrefix: '', variant: '', variants: [], buildMetadata: 'underscore' } as const;

/** The version of `1.2.3`, `v1.2.3-rc.1`, `api-v1.2.3`; undefined for a tag that spells none. A variant reads as a prerelease. */
export function readVersionTag(tag: Tag): VersionTag | undefined {
  const [, component = '', number = ''] = componentGrammar.exec(tag) ?? [];
  const version = readExactTag(number, anyBuild);
  return version && { tag, component, version };
}

/** Below zero when the first is older; the spelling settles what versions do not. */
export function compareVersionTags(one: VersionTag, other: VersionTag): number {
  return compareBuilds(one.version, other.version) || (one.tag < other.tag ? -1 : one.tag > other.tag ? 1 : 0);
}
