/** The command line of a build by buildah or podman, which understand the same words. */
import { InputError } from '../../../errors/errors.ts';
import { formatPlatform, type Platform } from '../../../oci/spec/platform.ts';
import type { BuildRequest } from '../builder.ts';
import { readAnnotation } from '../request/annotation.ts';
import type { BuildContext } from '../request/build-context.ts';
import { readCacheParameter } from '../request/cache-words.ts';
import { useBuildx } from '../request/refusal.ts';
import { sourceDateSeconds } from '../request/source-date.ts';

/** Both are of one family; they differ in how an image is taken out of their storage. */
export type BuildahName = 'buildah' | 'podman';

/** What is decided about a build beside what was asked for. */
export interface BuildahPlan {
  readonly context: BuildContext;
  /** What follows each `--secret`. */
  readonly mounts: readonly string[];
  /** Undefined for the tool's own. */
  readonly platform: Platform | undefined;
  /** What the storage is to call the image. */
  readonly name: string;
}

/**
 * The words behind the program's name. No secret is among them.
 * @throws InputError BUILD_INPUT_INVALID for a cache of a kind that only BuildKit knows.
 */
export function buildahWords(request: BuildRequest, plan: BuildahPlan): readonly string[] {
  const { target, cache, createdAt } = request;
  const { context, platform } = plan;
  return [
    ...['build', '--format', 'oci', '--tag', plan.name],
    ...(context.file === undefined ? [] : ['--file', context.file]),
    ...(target === undefined ? [] : ['--target', target]),
    ...(platform === undefined ? [] : ['--platform', formatPlatform(platform)]),
    ...request.buildArgs.flatMap(({ name, value }) => ['--build-arg', `${name}=${value}`]),
    ...plan.mounts.flatMap((mount) => ['--secret', mount]),
    ...request.ssh.flatMap((agent) => ['--ssh', agent]),
    ...request.labels.flatMap(({ name, value }) => ['--label', `${name}=${value}`]),
    ...annotationWords(request),
    // The image and its files are of that moment.
    ...(createdAt === undefined ? [] : ['--timestamp', sourceDateSeconds(createdAt)]),
    ...layerWords(request),
    ...cache.from.flatMap((entry) => ['--cache-from', repositoryOf(entry, 'cache-from')]),
    ...cache.to.flatMap((entry) => ['--cache-to', repositoryOf(entry, 'cache-to')]),
    ...(cache.isOff ? ['--no-cache'] : []),
    ...(cache.pull ? ['--pull=always'] : []),
    context.place,
  ];
}

/**
 * The words that put the image of that name into a layout in the directory. podman may work on another machine, as it does
 * on macOS and Windows: what it saves comes here, what it pushes to a directory stays there.
 */
export function takeOutWords(tool: BuildahName, name: string, directory: string): readonly string[] {
  if (tool === 'podman') return ['save', '--quiet', '--format', 'oci-dir', '--output', directory, name];
  return ['push', '--quiet', '--format', 'oci', name, `oci:${directory}`];
}

/** Caches are of layers, which are not kept otherwise; and layers of one platform must not become those of another. */
function layerWords({ cache, platforms }: BuildRequest): readonly string[] {
  if (cache.from.length + cache.to.length > 0) return ['--layers'];
  return platforms.length > 1 ? ['--layers=false'] : [];
}

/** Those of an index are written when it is made. */
function annotationWords({ annotations }: BuildRequest): readonly string[] {
  const meant = annotations.map(readAnnotation).filter(({ level }) => level !== 'index');
  return meant.flatMap(({ name, value }) => ['--annotation', `${name}=${value}`]);
}

/** These tools keep caches in repositories alone, and name them by nothing but the repository. */
function repositoryOf(entry: string, setting: string): string {
  if (!entry.includes('=')) return entry;
  const reference = readCacheParameter(entry, 'ref');
  if (readCacheParameter(entry, 'type') === 'registry' && reference !== undefined) return reference;
  const message = `${setting}: only buildx knows such a cache: ${readCacheParameter(entry, 'type') ?? 'without a type'}`;
  throw new InputError({ code: 'BUILD_INPUT_INVALID', message, wayOut: useBuildx });
}
