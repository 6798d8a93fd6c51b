/** Which tags name one version for good, whoever named them: a registry does not know how its users spell theirs. */
import { readExactTag } from './version.ts';

/** Words that stand for something that moves: a tag with one of them as a part is no version, whatever follows. */
const floatingWords: ReadonlySet<string> = new Set([
  ...['latest', 'edge', 'nightly', 'snapshot', 'canary', 'next', 'alpha', 'beta', 'pre', 'preview', 'rc'],
  ...['branch', 'main', 'master', 'develop', 'trunk', 'head', 'pr', 'cache', 'buildcache'],
]);

const separators = /[._-]/g;

/**
 * Whether the tag spells an exact version: `1.2.3`, `v1.2.3-rc.1`, with a variant `1.2.3-alpine`, with a component
 * `api-v1.2.3`, with build metadata `1.2.3_5`. Not so `1.2`, `latest-alpine-3.19.0`, `pr-1.2.3`.
 */
export function isExactTag(tag: string): boolean {
  return versionStarts(tag).some((start) => isVersion(tag.slice(start)) && isFixed(tag.slice(0, start)));
}

/** Where a version may begin: at the start, or behind a separator when a component stands before it. */
function versionStarts(tag: string): readonly number[] {
  if (!/^[a-z]/i.test(tag)) return [0];
  return [0, ...[...tag.matchAll(separators)].map(({ index }) => index + 1)];
}

function isVersion(text: string): boolean {
  const number = text.startsWith('v') ? text.slice(1) : text;
  return readExactTag(number, anyBuild) !== undefined;
}

const anyBuild = {
  component: '',
  tagPrefix: '',
  variant: '',
  variants: [],
  buildMetadata: 'underscore',
} as const;

function isFixed(component: string): boolean {
  return component.split(separators).every((word) => !floatingWords.has(word.toLowerCase()));
}
