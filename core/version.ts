/** Versions: strict Semantic Versioning 2.0.0, and the exact tags that spell them. */
import { compare, compareBuild, parse, satisfies } from 'semver';
import { InputError } from '../errors/errors.ts';
import type { Tag } from '../oci/spec/tag.ts';
import { defaultNaming, numberTag, readNumberTag, type TagNaming } from './tag-naming.ts';

/** A parsed version: the same text, the same version. */
export interface Version {
  /** Canonical: no `v`, no component, build metadata included. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: readonly (string | number)[];
  readonly build: readonly string[];
}

/**
 * The version that a text such as `1.2.3`, `v1.2.3-rc.1` or, with component `api-`, `api-v1.2.3` spells.
 * @throws InputError VERSION_INVALID, also for numbers above 2^53-1, which JavaScript cannot order.
 */
export function parseVersion(text: string, component = ''): Version {
  const withoutComponent = text.startsWith(component) ? text.slice(component.length) : text;
  const version = readVersion(withoutComponent.replace(/^v/, ''));
  if (version === undefined)
    throw new InputError({ code: 'VERSION_INVALID', message: `not a semantic version: ${JSON.stringify(text)}` });
  return version;
}

/** Below zero when `a` has lower precedence than `b`; zero when only build metadata tells them apart. Spec: Semantic Versioning 2.0.0, "11". */
export function compareVersions(a: Version, b: Version): number {
  return compare(a.text, b.text);
}

/**
 * Like compareVersions, and total: zero for the same text alone. SemVer gives build metadata no precedence; where two
 * builds of one version compete for a rung, one of them must have it, whatever order the registry lists them in.
 */
export function compareBuilds(a: Version, b: Version): number {
  const order = compareBuild(a.text, b.text);
  if (order !== 0 || a.text === b.text) return order;
  return a.text < b.text ? -1 : 1;
}

/** Whether the version is in the range; prereleases are compared like all others. */
export function inRange(version: Version, range: string): boolean {
  return satisfies(version.text, range, { includePrerelease: true });
}

/**
 * The tag that spells the version and nothing else, written once and never moved.
 * @throws InputError VERSION_INVALID when this naming cannot spell it; TAG_INVALID when it is longer than a tag can be.
 */
export function exactTag(version: Version, naming: TagNaming = defaultNaming): Tag {
  if (version.build.length > 0 && naming.buildMetadata === 'reject') {
    throw new InputError({
      code: 'VERSION_INVALID',
      message: `version with build metadata: ${version.text}`,
      wayOut: 'leave out the + and what follows it, or let build metadata be written with an underscore',
    });
  }
  const tag = numberTag(version.text.replace('+', '_'), naming);
  if (readExactTag(tag, naming)?.text === version.text) return tag;
  throw new InputError({
    code: 'VERSION_INVALID',
    message: `version ends in a declared variant: ${version.text}`,
    wayOut: 'give the version without the variant, or do not declare the variant',
  });
}

/** The version a tag spells, when the tag is exactly what exactTag gives for it; undefined for all others (1.2, v1.2.9, 1.2.x). */
export function readExactTag(tag: string, naming: TagNaming = defaultNaming): Version | undefined {
  const number = readNumberTag(tag, naming);
  if (number === undefined || number.includes('+')) return undefined;
  // `_` cannot occur in a version, so the way back is unambiguous.
  return readVersion(naming.buildMetadata === 'underscore' ? number.replace('_', '+') : number);
}

/** A prerelease identifier such as rc10, which sorts before rc9 because SemVer compares it as text, and what to write instead. */
export function readMisordered(version: Version): { readonly written: string; readonly better: string } | undefined {
  const [, word, number] = /^([a-z]+)(\d+)$/i.exec(String(version.prerelease[0])) ?? [];
  if (word === undefined || number === undefined) return undefined;
  return { written: word + number, better: `${word}.${number.replace(/^0+(?=\d)/, '')}` };
}

/** The version a text is, when it is canonical as it stands: semver itself drops space and a `v`. */
function readVersion(text: string): Version | undefined {
  // Most tags are no versions, and semver's own refusal is an exception: slow on a repository with many tags.
  const parsed = /^\d+\.\d+\.\d/.test(text) ? parse(text) : null;
  if (parsed === null) return undefined;
  const { major, minor, patch } = parsed;
  const build = parsed.build.length === 0 ? '' : `+${parsed.build.join('.')}`;
  const prerelease = parsed.prerelease.map((identifier) =>
    /^\d+$/.test(`${identifier}`) ? Number(identifier) : identifier,
  );
  // Above 2^53-1 semver compares with the precision of a float: wrongly.
  const orderable = prerelease.every(
    (identifier) => typeof identifier === 'string' || Number.isSafeInteger(identifier),
  );
  return parsed.version + build === text && orderable
    ? { text, major, minor, patch, prerelease, build: parsed.build }
    : undefined;
}
