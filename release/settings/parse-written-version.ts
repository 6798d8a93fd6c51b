/** Versions as people and release tools write them: with `v`, behind a component, as a git ref. */
import { parseVersion, type Version } from '../../core/version.ts';
import { CodedError, InputError } from '../../errors/errors.ts';

/** What stands between a component and its version, in git tags of the usual release tools. */
const separators = '-/@_.';
/** A dot is none of them where the component is not known: v1.2.3.4 is no version. */
const unknownSeparators = /[-/@_]/g;

/**
 * The version of `1.2.3`, `v1.2.3`, `api-v1.2.3`, `api/v1.2.3`, `api@1.2.3` or `refs/tags/v1.2.3`. With a component, such
 * as `api-`, it must be that of the component; without one, whatever stands before the version is passed over.
 * @throws InputError VERSION_INVALID when it is none, SETTING_INVALID when it is another component's.
 */
export function parseWrittenVersion(text: string, component: string): Version {
  const name = text.replace(/^refs\/tags\//, '');
  const own = readTagVersion(name, component);
  if (own !== undefined) return own;
  const other = readBehindSeparator(name);
  if (other === undefined) return parseVersion(name);
  if (component === '') return other;
  throw new InputError({
    code: 'SETTING_INVALID',
    message: `not a version of the component ${component.slice(0, -1)}`,
    wayOut: `write it as ${component}${other.text}, or correct the setting component`,
  });
}

/**
 * The version that a git tag gives: `v1.2.3`, and where there is a component, `api-v1.2.3` in its spellings. Undefined
 * for every other tag: the tags of other components are none of ours.
 */
export function readTagVersion(name: string, component: string): Version | undefined {
  const plain = readVersion(name);
  if (plain !== undefined || component === '') return plain;
  const stem = component.slice(0, -1);
  const unscoped = name.replace(/^@[^/]+\//, '');
  const isOwn = unscoped.startsWith(stem) && separators.includes(unscoped.charAt(stem.length));
  return isOwn ? readVersion(unscoped.slice(stem.length + 1)) : undefined;
}

/** The version that a git tag spells, whatever component it is of; undefined when it spells none. */
export function findWrittenVersion(name: string): Version | undefined {
  return readVersion(name) ?? readBehindSeparator(name);
}

/** The version behind the first separator that has one behind it. */
function readBehindSeparator(name: string): Version | undefined {
  if (/^v?\d/i.test(name) || !/^[a-z@]/i.test(name)) return undefined;
  for (const { index } of name.matchAll(unknownSeparators)) {
    const version = readVersion(name.slice(index + 1));
    if (version !== undefined) return version;
  }
  return undefined;
}

function readVersion(text: string): Version | undefined {
  try {
    return parseVersion(text);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}
