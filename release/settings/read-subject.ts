/** What names the image: a version, or what its commit was found under. */
import type { LadderPolicy } from '../../core/ladder-policy.ts';
import { commitTag, listRefTags, type RefTagOptions } from '../../core/ref-tags.ts';
import { findLadderReservation, findReservation, type Reservation } from '../../core/reserved-name.ts';
import type { SourceRef } from '../../core/source-ref.ts';
import type { TagNaming } from '../../core/tag-naming.ts';
import { exactTag, type Version } from '../../core/version.ts';
import { InputError } from '../../errors/errors.ts';
import { digestOf } from '../../oci/hash.ts';
import { digestHex } from '../../oci/spec/digest.ts';
import { parseTag, type Tag } from '../../oci/spec/tag.ts';
import type { ReleaseSubject } from '../release-request.ts';
import { parseWrittenVersion, readTagVersion } from './parse-written-version.ts';
import { type ReadFile, readVersionFile } from './read-version-file.ts';
import type { SettingNotice } from './setting-notice.ts';
import type { SettingValues } from './setting-values.ts';

/** What the subject is read from, besides the settings. */
export interface SubjectParts {
  readonly ref: SourceRef;
  readonly commit: string | undefined;
  readonly policy: LadderPolicy;
  readonly readFile: ReadFile;
}

/** What names the image, and what to say about it. */
export interface ReadSubject {
  readonly subject: ReleaseSubject;
  /** The one tag that names it best; undefined when it has none. */
  readonly tag: Tag | undefined;
  readonly notices: readonly SettingNotice[];
}

/**
 * The version that is written; else that of the file, which a pull request passes over; else that of the git tag. A git
 * tag that is no version names its image like a branch does, with a notice, because it was pushed to be published and
 * must not take a rung: strictness that failed here would stop every workflow that also knows other tags. Adds to the
 * faults.
 */
export async function readSubject(values: SettingValues, parts: SubjectParts): Promise<ReadSubject> {
  const { ref, policy } = parts;
  const { found, notices } = await findVersion(values, parts);
  const besides = [...commitTags(values, parts), ...extraTags(values, policy)];
  if (found !== undefined) {
    const subject = { kind: 'version', version: found.version, extraTags: unique(besides) } as const;
    return { subject, tag: found.tag, notices };
  }
  const options: RefTagOptions = { naming: policy.naming, environments: policy.channels.reserved, hash };
  const names = values.flag('ref-tags') ? listRefTags(ref, parts.commit, options) : [];
  const tags = unique([...names, ...besides]);
  return { subject: { kind: 'ref', tags }, tag: tags[0], notices };
}

/** A version, and its exact tag. */
interface TaggedVersion {
  readonly version: Version;
  readonly tag: Tag;
}

interface FoundVersion {
  readonly found: TaggedVersion | undefined;
  readonly notices: readonly SettingNotice[];
}

async function findVersion(values: SettingValues, { ref, policy, readFile }: SubjectParts): Promise<FoundVersion> {
  const { component } = policy.naming;
  const written = values.text('version');
  const file = values.text('version-file');
  const tagged = ref.kind === 'tag' ? readTagVersion(ref.name, component) : undefined;
  if (written !== undefined) {
    return { found: readSpellable(values, 'version', written, policy.naming), notices: [] };
  }
  if (file !== undefined && ref.kind !== 'pull-request') {
    const found = await readFromFile(values, file, readFile, policy.naming);
    if (found !== undefined && tagged !== undefined && tagged.text !== found.version.text) {
      values.faults.add(contradiction(file, found.version, tagged));
    }
    return { found, notices: [] };
  }
  if (tagged !== undefined && ref.kind === 'tag') {
    return { found: readSpellable(values, 'version', ref.name, policy.naming), notices: [] };
  }
  return { found: undefined, notices: noticesOf(ref, file) };
}

function noticesOf(ref: SourceRef, file: string | undefined): readonly SettingNotice[] {
  if (ref.kind === 'tag') {
    const message = `the git tag ${ref.name} is no version: the image is named after it and takes no rung`;
    return [{ code: 'tag-is-no-version', message }];
  }
  if (file === undefined) return [];
  return [{ code: 'version-file-passed-over', message: `a pull request does not release the version of ${file}` }];
}

/** The version, when its exact tag can be spelled. */
function readSpellable(
  values: SettingValues,
  setting: 'version' | 'version-file',
  text: string,
  naming: TagNaming,
): TaggedVersion | undefined {
  const parse = (): TaggedVersion => {
    const version = parseWrittenVersion(text, naming.component);
    return { version, tag: exactTag(version, naming) };
  };
  return values.faults.attempt<TaggedVersion | undefined>({ setting, value: text }, parse, undefined);
}

async function readFromFile(
  values: SettingValues,
  file: string,
  readFile: ReadFile,
  naming: TagNaming,
): Promise<TaggedVersion | undefined> {
  const read = await readVersionFile(file, readFile).then(
    (text) => () => text,
    (error: unknown) => (): string => {
      throw error;
    },
  );
  const text = values.faults.attempt<string | undefined>({ setting: 'version-file', value: file }, read, undefined);
  return text === undefined ? undefined : readSpellable(values, 'version-file', text, naming);
}

function contradiction(file: string, version: Version, tagged: Version) {
  return {
    setting: 'version-file',
    value: file,
    message: `the file has version ${version.text}, the git tag ${tagged.text}`,
    wayOut: 'correct the file and tag again, or set version',
  };
}

function commitTags(values: SettingValues, { commit, policy }: SubjectParts): readonly Tag[] {
  const length = values.choice('sha-tag');
  return commit === undefined || length === 'none' ? [] : [commitTag(commit, length, policy.naming)];
}

function extraTags(values: SettingValues, { naming, channels }: LadderPolicy): readonly Tag[] {
  return values.list('extra-tags').flatMap((value) => {
    const parse = (): readonly Tag[] => {
      const tag = parseTag(value);
      const reservation = findLadderReservation(tag, naming) ?? findReservation(tag, naming, channels.reserved);
      if (reservation !== undefined && reservation in extraTagFaults)
        throw extraTagInvalid(extraTagFaults[reservation]);
      return [tag];
    };
    return values.faults.attempt({ setting: 'extra-tags', value }, parse, []);
  });
}

/** What an extra tag may not be. A channel, a ref or a variant is its author's own business. */
const extraTagFaults: Partial<Record<Reservation, readonly [message: string, wayOut: string]>> = {
  version: ['a tag that reads as a version', 'leave it out: the tags of a version come from the version'],
  latest: ['a tag that the ladder moves', 'leave it out; latest: always moves it to every stable version'],
  environment: ['a tag of an environment', 'promote the release instead, or change reserved-channels'],
};

function extraTagInvalid(fault: readonly [message: string, wayOut: string] | undefined): InputError {
  const [message = '', wayOut = ''] = fault ?? [];
  return new InputError({ code: 'SETTING_INVALID', message, wayOut });
}

function unique(tags: readonly Tag[]): readonly Tag[] {
  return [...new Set(tags)];
}

function hash(text: string): string {
  return digestHex(digestOf(new TextEncoder().encode(text)));
}
