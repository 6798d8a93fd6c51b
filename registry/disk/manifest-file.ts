/**
 * A manifest as it lies on disk: one line of JSON with its type and subject, then the exact bytes.
 *
 * One file, so that one rename stores the whole of it, and so that nothing about a manifest can be lost apart from it.
 */

import { digestOf } from '../../oci/hash.ts';
import { type Digest, digestAlgorithm, isDigest } from '../../oci/spec/digest.ts';
import { parseJson, parseObject } from '../json-object.ts';
import type { StoredManifest } from '../storage.ts';

const lineFeed = 0x0a;

/** The file's content for a manifest. */
export function formatManifestFile(manifest: StoredManifest): Uint8Array {
  const { mediaType, subject } = manifest;
  return Buffer.concat([Buffer.from(`${JSON.stringify({ mediaType, subject })}\n`), manifest.bytes]);
}

/** The manifest in a file's content; undefined when the file is damaged or its bytes are not those of the digest. */
export function parseManifestFile(content: Uint8Array, digest: Digest): StoredManifest | undefined {
  const headEnd = content.indexOf(lineFeed);
  if (headEnd < 0) return undefined;
  const head = parseHead(Buffer.from(content.subarray(0, headEnd)).toString('utf8'));
  const bytes = content.subarray(headEnd + 1);
  if (head === undefined || digestOf(bytes, digestAlgorithm(digest)) !== digest) return undefined;
  return { digest, bytes, ...head };
}

function parseHead(text: string): Pick<StoredManifest, 'mediaType' | 'subject'> | undefined {
  const { mediaType, subject } = parseObject(parseJson(text)) ?? {};
  if (typeof mediaType !== 'string') return undefined;
  return typeof subject === 'string' && isDigest(subject) ? { mediaType, subject } : { mediaType };
}
