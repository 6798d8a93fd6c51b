/** Building with buildah or podman, in the storage and with the settings that they have here: no daemon is needed. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { InputError } from '../../../errors/errors.ts';
import { parseManifest } from '../../../oci/spec/manifest.ts';
import { formatPlatform, type Platform } from '../../../oci/spec/platform.ts';
import type { Builder, BuildParts, BuildRequest, BuiltImage } from '../builder.ts';
import type { FoundImage } from '../image/find-root.ts';
import { joinImages } from '../image/join-images.ts';
import { openReadyLayout } from '../image/open-ready-layout.ts';
import { readPlatform } from '../image/read-platform.ts';
import { askProgram } from '../program/ask-program.ts';
import { runBuilder } from '../program/run-builder.ts';
import { tidyLater } from '../program/tidy-later.ts';
import { annotationsFor } from '../request/annotation.ts';
import { openBuildContext } from '../request/build-context.ts';
import { prepareSecrets } from '../request/prepare-secrets.ts';
import { type Refusal, refusalError, refuseAttestations, refuseInstance } from '../request/refusal.ts';
import { sourceDateEnv } from '../request/source-date.ts';
import { type BuildahName, buildahWords, takeOutWords } from './buildah-words.ts';

/** The builder of that name. */
export function buildWithBuildah(name: BuildahName): Builder {
  return { name, build: (request, parts) => build(name, request, parts) };
}

/** What they cannot do of the request; undefined when they can do it all. */
export function refuseForBuildah(request: BuildRequest): Refusal | undefined {
  return refuseInstance(request) ?? refuseAttestations(request);
}

/**
 * Each platform is built by itself, in the order asked for, and the index is made here: the one that these tools make
 * has its images in any order and none of the annotations.
 */
async function build(tool: BuildahName, request: BuildRequest, parts: BuildParts): Promise<BuiltImage> {
  const refusal = refuseForBuildah(request);
  if (refusal !== undefined) throw refusalError(tool, refusal);
  const context = await openBuildContext(request, parts);
  const secrets = await prepareSecrets(request.secrets, parts);
  const { mounts, redactor } = secrets;
  const command = { builder: tool, program: tool, env: sourceDateEnv(request.createdAt), redactor };
  const run = async (words: readonly string[]) => {
    await runBuilder({ ...command, words }, parts);
  };
  const names = nameStored(request);
  try {
    const images: FoundImage[] = [];
    for (const [at, { platform, name }] of names.images.entries()) {
      const directory = join(parts.scratch, `image-${at}`);
      await run(buildahWords(request, { context, mounts, platform, name }));
      await run(takeOutWords(tool, name, directory));
      const image = await openReadyLayout(directory, undefined, parts.signal);
      await assertPlatform(tool, image, platform, parts.signal);
      images.push(image);
    }
    for (const words of loadWords(names, request)) await run(words);
    return { builder: tool, ...(await asOne(images, request, parts.signal)), warnings: [] };
  } finally {
    await secrets.close();
    await tidyLater(forget(tool, names, parts), parts);
  }
}

/** What the storage calls what is built. */
interface StoredNames {
  readonly images: readonly StoredImage[];
  /** Names that are taken away in the end, by the words that do it. */
  readonly removals: readonly (readonly string[])[];
  /** For as long as it is needed. */
  readonly list: string;
}

interface StoredImage {
  readonly name: string;
  /** Undefined for whatever the tool builds for by itself. */
  readonly platform: Platform | undefined;
}

/** A list in the storage is of no use without its images, and these would be gone with their last name: they keep one. */
function nameStored({ platforms, loadAs }: BuildRequest): StoredNames {
  const own = `localhost/registry-action-build:${randomUUID()}`;
  const list = `${own}-list`;
  if (loadAs !== undefined && platforms.length > 1) {
    const images = platforms.map((platform) => ({ name: nameLoaded(loadAs, platform), platform }));
    return { images, removals: [['manifest', 'rm', list]], list };
  }
  const all = platforms.length === 0 ? [undefined] : platforms;
  const images = all.map((platform, at) => ({ name: `${own}-${at}`, platform }));
  return { images, removals: images.map(({ name }) => ['rmi', name]), list };
}

/** Such as `app:1.2.3-linux-arm64` for one image of the list `app:1.2.3`. */
function nameLoaded(loadAs: string, platform: Platform): string {
  const hasTag = loadAs.lastIndexOf(':') > loadAs.lastIndexOf('/');
  const suffix = formatPlatform(platform).replaceAll(/[^\w.]+/g, '-');
  return `${loadAs}${hasTag ? '' : ':latest'}-${suffix}`;
}

function loadWords({ images, list }: StoredNames, { loadAs }: BuildRequest): readonly (readonly string[])[] {
  const [first, ...others] = images;
  if (loadAs === undefined || first === undefined) return [];
  if (others.length === 0) return [['tag', first.name, loadAs]];
  const adding = images.map(({ name }) => ['manifest', 'add', list, `containers-storage:${name}`]);
  return [['manifest', 'create', list], ...adding, ['tag', list, loadAs]];
}

/** How long a removal may take, in milliseconds. */
const removalMs = 30_000;

/** Takes the names away, also when the build was cancelled. What is there by another name stays. */
async function forget(tool: BuildahName, { removals }: StoredNames, parts: BuildParts): Promise<void> {
  for (const words of removals) {
    const always = { ...parts, signal: AbortSignal.timeout(removalMs) };
    await askProgram(tool, words, always).catch(() => undefined);
  }
}

async function asOne(images: readonly FoundImage[], request: BuildRequest, signal: AbortSignal): Promise<FoundImage> {
  const [only] = images;
  if (only !== undefined && images.length === 1) return only;
  const named = images.map(({ source, root }) => ({ source, digest: root.digest, label: source.name }));
  return await joinImages(named, annotationsFor('index', request.annotations), signal);
}

/** podman 4 takes the layers of another platform out of its cache when an image begins with `FROM scratch`. */
async function assertPlatform(
  tool: BuildahName,
  { source, root }: FoundImage,
  wanted: Platform | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (wanted === undefined) return;
  const { bytes, descriptor } = await source.fetchManifest(root.digest, signal);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  const made = manifest.kind === 'image' ? await readPlatform(source, manifest.config, signal) : undefined;
  if (made?.os === wanted.os && made.architecture === wanted.architecture) return;
  const what = made === undefined ? 'no platform' : formatPlatform(made);
  const message = `${tool} was asked for ${formatPlatform(wanted)} and built an image for ${what}`;
  throw new InputError({ code: 'BUILD_FAILED', message, wayOut: 'build without cache, or set builder to buildx' });
}
