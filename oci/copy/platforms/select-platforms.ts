/** An image for some of its platforms only. */
import { NotFoundError } from '../../../errors/errors.ts';
import { digestOf } from '../../hash.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import { digestAlgorithm } from '../../spec/digest.ts';
import { parseManifest } from '../../spec/manifest.ts';
import { formatPlatform, type Platform } from '../../spec/platform.ts';
import { matchesPlatform } from '../../spec/platform-match.ts';
import type { FetchedManifest } from '../target.ts';
import { filterIndex } from './filter-index.ts';

/** What is left of an index when only some platforms are wanted. */
export interface PlatformSelection {
  /** What stands in the place of the index. */
  readonly root: Descriptor;
  /** Its bytes when they are new; undefined when the source has them: the index itself, or one manifest of it. */
  readonly bytes: Uint8Array | undefined;
  /** Attestations of the wanted platforms that only an index could carry along. */
  readonly attestationsLeftOut: number;
}

/**
 * The index reduced to the wanted platforms; `place` says where it lies, for messages. Attestations follow the manifest they describe; whatever else has no
 * platform of its own is left out. In the place of the index stands
 * - the index itself, when nothing was to be left out, so that its digest stays;
 * - the one manifest, when one platform is wanted and one manifest is for it: it has a digest that its builder knows
 *   and perhaps signed, where an index made here would have one that nobody has seen;
 * - else a new index, whose other parts are those of the old one to the byte.
 *
 * Spec: image-spec v1.1.1, "OCI Image Index Specification", `platform`.
 * @throws NotFoundError PLATFORM_UNKNOWN when a wanted platform is not there, with all that are.
 */
export function selectPlatforms(
  index: FetchedManifest,
  platforms: readonly Platform[],
  place: string,
): PlatformSelection {
  const parsed = parseManifest(index.bytes, index.descriptor.mediaType);
  const children = parsed.kind === 'index' ? parsed.manifests : [];
  const wanted = new Set(platforms.flatMap((platform) => childrenFor(platform, children, place)));
  const attestations = children.filter((child) => isAttestationOf(child, wanted));
  const kept = new Set([...wanted, ...attestations]);
  const [first] = wanted;

  if (kept.size === children.length) return { root: index.descriptor, bytes: undefined, attestationsLeftOut: 0 };
  const isOne = new Set([...wanted].map(({ digest }) => digest)).size === 1;
  if (platforms.length === 1 && isOne && first !== undefined) {
    return { root: plain(first), bytes: undefined, attestationsLeftOut: attestations.length };
  }
  const text = filterIndex(new TextDecoder().decode(index.bytes), (at) => kept.has(children[at] ?? index.descriptor));
  const bytes = new TextEncoder().encode(text);
  const digest = digestOf(bytes, digestAlgorithm(index.descriptor.digest));
  const { mediaType } = index.descriptor;
  return { root: { mediaType, digest, size: bytes.length }, bytes, attestationsLeftOut: 0 };
}

/** The error for a platform that is not there; `place` names the image. */
export function platformUnknown(wanted: Platform, present: readonly Platform[], place: string): NotFoundError {
  const names = [...new Set(present.map((platform) => formatPlatform(platform)))];
  const there = names.length === 0 ? 'no manifest that says its platform' : names.join(', ');
  return new NotFoundError({
    code: 'PLATFORM_UNKNOWN',
    message: `no image for ${formatPlatform(wanted)}: ${place}: there is ${there}`,
  });
}

/** BuildKit's name for what describes another manifest of the index. */
const describedManifest = 'vnd.docker.reference.digest';

function childrenFor(wanted: Platform, children: readonly Descriptor[], place: string): readonly Descriptor[] {
  const images = children.filter((child) => child.platform !== undefined && !isAttestation(child));
  const found = images.filter(({ platform }) => platform !== undefined && matchesPlatform(platform, wanted));
  if (found.length > 0) return found;
  throw platformUnknown(
    wanted,
    images.flatMap(({ platform }) => platform ?? []),
    place,
  );
}

function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.[describedManifest] !== undefined && (platform === undefined || platform.os === 'unknown');
}

function isAttestationOf(child: Descriptor, wanted: ReadonlySet<Descriptor>): boolean {
  if (!isAttestation(child)) return false;
  const described = child.annotations?.[describedManifest];
  return [...wanted].some(({ digest }) => digest === described);
}

/** The descriptor without what only its place in the index says of it. */
function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
