/** What a snapshot says, one line of JSON each. The lines about a repository follow the line that names it. */

import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { parseJson, parseObject } from '../json-object.ts';

export type SnapshotLine =
  | { readonly kind: 'snapshot'; readonly schema: number; readonly dataSchema: number; readonly takenAt: string }
  /** A file beside the registry's directory, such as the one with users and tokens. */
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'repository'; readonly name: RepositoryName }
  /** A small file as it was: a tag with its history and fence, or what outlives a tag. */
  | { readonly kind: 'record'; readonly directory: string; readonly name: string; readonly text: string }
  | { readonly kind: 'manifest'; readonly digest: Digest; readonly sizeBytes: number; readonly mediaType: string }
  | { readonly kind: 'blob'; readonly digest: Digest; readonly sizeBytes: number }
  /** Content that these tags need was not in the registry either. */
  | { readonly kind: 'gap'; readonly digest: Digest; readonly tags: readonly string[] }
  /** Ends every whole snapshot: how many lines came before, and the digest of their bytes. */
  | { readonly kind: 'end'; readonly lines: number; readonly digest: Digest };

/** Directories of records, in a repository. */
const directoryGrammar = /^_[a-z][a-z0-9-]*$/;

/** Names of records: tags and digests, or files in a directory of such a name; no way out of the directory. */
const recordGrammar = /^(?:\w[\w.:-]{0,254}\/){0,3}\w[\w.:-]{0,254}$/;

/** Whether a record of that name in that directory can be told of in a snapshot. */
export function isRecordPlace(directory: string, name: string): boolean {
  return directoryGrammar.test(directory) && recordGrammar.test(name);
}

/** Files beside the registry's directory that a snapshot may hold. */
export const besideFiles = ['access.json'] as const;

type Fields = Readonly<Record<string, unknown>>;

/** What makes the fields those of a line, by its kind. */
const isLine: Readonly<Record<SnapshotLine['kind'], (fields: Fields) => boolean>> = {
  snapshot: ({ schema, dataSchema }) => typeof schema === 'number' && typeof dataSchema === 'number',
  file: ({ name, text }) => besideFiles.some((file) => file === name) && typeof text === 'string',
  repository: ({ name }) => typeof name === 'string' && isRepositoryName(name),
  record: ({ directory, name, text }) =>
    typeof directory === 'string' &&
    typeof name === 'string' &&
    typeof text === 'string' &&
    isRecordPlace(directory, name),
  manifest: ({ digest, sizeBytes, mediaType }) => isSized(digest, sizeBytes) && typeof mediaType === 'string',
  blob: ({ digest, sizeBytes }) => isSized(digest, sizeBytes),
  gap: ({ digest, tags }) => isDigestText(digest) && Array.isArray(tags),
  end: ({ digest, lines }) => isDigestText(digest) && typeof lines === 'number',
};

/** The line; undefined when the text is none. What a snapshot says becomes paths, so nothing in it is believed. */
export function parseSnapshotLine(text: string): SnapshotLine | undefined {
  const fields = parseObject(parseJson(text)) ?? {};
  const known = Object.entries(isLine).some(([kind, holds]) => kind === fields['kind'] && holds(fields));
  return known ? (fields as unknown as SnapshotLine) : undefined;
}

function isDigestText(value: unknown): value is Digest {
  return typeof value === 'string' && isDigest(value);
}

function isSized(digest: unknown, sizeBytes: unknown): boolean {
  return isDigestText(digest) && typeof sizeBytes === 'number';
}
