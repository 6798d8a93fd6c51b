/** Descriptors: how one piece of content points at another. */
import { type Digest, isDigest } from './digest.ts';
import {
  isAbsent,
  malformed,
  parseObject,
  parseOptionalAnnotations,
  parseOptionalText,
  parseOptionalTexts,
  parseText,
} from './json-value.ts';
import { type Platform, parsePlatform } from './platform.ts';

/** Type, digest and size of content. Spec: image-spec v1.1.1, "OCI Content Descriptors". */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly artifactType?: string;
  readonly urls?: readonly string[];
  /** The content itself, base64. */
  readonly data?: string;
}

/**
 * Names of RFC 6838 and, because artifact tools write them, parameters. Printable ASCII only: the type travels in
 * HTTP headers.
 */
const mediaTypeGrammar = /^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}(?: ?;[\x20-\x7e]{1,255})?$/;

/**
 * The descriptor of a JSON value; `where` names its place in the document for messages.
 * @throws IntegrityError MANIFEST_INVALID.
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  const object = parseObject(value, where);
  const digest = parseText(object['digest'], `${where}.digest`);
  if (!isDigest(digest))
    throw malformed(`${where}.digest`, `is not a sha256 or sha512 digest: ${JSON.stringify(digest)}`);
  return {
    mediaType: parseMediaType(object['mediaType'], `${where}.mediaType`),
    digest,
    size: parseSize(object['size'], `${where}.size`),
    ...parseOptionalAnnotations(object, where),
    ...(isAbsent(object['platform']) ? {} : { platform: parsePlatform(object['platform'], `${where}.platform`) }),
    ...parseOptionalText(object, 'artifactType', where),
    ...parseOptionalTexts(object, 'urls', where),
    ...parseOptionalText(object, 'data', where),
  };
}

/**
 * The value as a media type.
 * @throws IntegrityError MANIFEST_INVALID.
 */
export function parseMediaType(value: unknown, where: string): string {
  const mediaType = parseText(value, where);
  if (mediaTypeGrammar.test(mediaType)) return mediaType;
  throw malformed(where, `is not a media type: ${JSON.stringify(mediaType)}`);
}

function parseSize(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw malformed(where, `is not a number of bytes: ${JSON.stringify(value)}`);
}
