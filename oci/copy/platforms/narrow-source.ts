/** A source narrowed to some platforms of one image. */
import { IntegrityError } from '../../../errors/errors.ts';
import { readWhole } from '../../byte-stream.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import { parseObject } from '../../spec/json-value.ts';
import { parseManifest } from '../../spec/manifest.ts';
import { type Platform, parsePlatform } from '../../spec/platform.ts';
import { matchesPlatform } from '../../spec/platform-match.ts';
import type { FetchedManifest, Source } from '../target.ts';
import { knownSource } from './known-source.ts';
import { type PlatformSelection, platformUnknown, selectPlatforms } from './select-platforms.ts';

/** What is copied instead of the whole image, and where from. */
export interface Narrowed extends Pick<PlatformSelection, 'root' | 'attestationsLeftOut'> {
  readonly source: Source;
}

/** Largest configuration that is read to learn its platform, in bytes; they have some ten kilobytes. */
const configSizeBytesMax = 4 * 1024 * 1024;

/**
 * The image for these platforms alone; an image that is for one platform anyhow stays as it is when that is wanted.
 * @throws NotFoundError PLATFORM_UNKNOWN when a wanted platform is not there.
 */
export async function narrowSource(
  source: Source,
  whole: FetchedManifest,
  platforms: readonly Platform[],
  signal?: AbortSignal,
): Promise<Narrowed> {
  const place = `${source.name}@${whole.descriptor.digest}`;
  const manifest = parseManifest(whole.bytes, whole.descriptor.mediaType);
  if (manifest.kind === 'image') {
    const present = await readPlatform(source, manifest.config, signal);
    const missing = platforms.find((wanted) => present === undefined || !matchesPlatform(present, wanted));
    if (missing !== undefined) throw platformUnknown(missing, present === undefined ? [] : [present], place);
    return { source: knownSource(source, whole), root: whole.descriptor, attestationsLeftOut: 0 };
  }
  const { root, bytes, attestationsLeftOut } = selectPlatforms(whole, platforms, place);
  if (root.digest === whole.descriptor.digest) return { source: knownSource(source, whole), root, attestationsLeftOut };
  const narrowed = bytes === undefined ? source : knownSource(source, { descriptor: root, bytes }, 'made');
  return { source: narrowed, root, attestationsLeftOut };
}

/** The platform that a configuration says; undefined for one that says none, such as that of a chart. */
async function readPlatform(
  source: Source,
  config: Descriptor,
  signal: AbortSignal | undefined,
): Promise<Platform | undefined> {
  if (config.size > configSizeBytesMax) {
    const message = `configuration of ${config.size} bytes, more than ${configSizeBytesMax}: ${config.digest}`;
    throw new IntegrityError({ code: 'MANIFEST_TOO_LARGE', message });
  }
  const bytes = await readWhole(await source.fetchBlob(config, signal));
  try {
    const written = parseObject(JSON.parse(bytes.toString('utf8')), 'config');
    return parsePlatform(written, 'config');
  } catch {
    return undefined;
  }
}
