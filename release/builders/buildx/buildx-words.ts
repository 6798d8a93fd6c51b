/** The command line of a build by buildx. */
import { formatPlatform } from '../../../oci/spec/platform.ts';
import type { BuildRequest } from '../builder.ts';
import { readAnnotation } from '../request/annotation.ts';
import type { BuildContext } from '../request/build-context.ts';
import { cacheWords } from '../request/cache-words.ts';
import { isWanted } from '../request/refusal.ts';

/** What is decided about a build beside what was asked for. */
export interface BuildxPlan {
  readonly context: BuildContext;
  /** What follows each `--secret`. */
  readonly mounts: readonly string[];
  /** Where buildx writes what it knows of the build. */
  readonly metadataFile: string;
  /** A layout in the directory, or an image in the daemon's storage under the name. */
  readonly output:
    | { readonly kind: 'layout'; readonly directory: string }
    | { readonly kind: 'daemon'; readonly name: string };
}

/** The words behind `docker`. No secret is among them. */
export function buildxWords(request: BuildRequest, plan: BuildxPlan): readonly string[] {
  const { builderInstance, target, platforms, cache } = request;
  return [
    ...['buildx', 'build', '--progress', 'plain', '--metadata-file', plan.metadataFile],
    ...optional('--builder', builderInstance),
    ...outputWords(request, plan),
    ...optional('--file', plan.context.file),
    ...optional('--target', target),
    ...optional('--platform', platforms.length === 0 ? undefined : platforms.map(formatPlatform).join(',')),
    ...request.buildArgs.flatMap(({ name, value }) => ['--build-arg', `${name}=${value}`]),
    ...plan.mounts.flatMap((mount) => ['--secret', mount]),
    ...request.ssh.flatMap((agent) => ['--ssh', agent]),
    ...request.labels.flatMap(({ name, value }) => ['--label', `${name}=${value}`]),
    ...cacheWords(cache),
    ...(cache.isOff ? ['--no-cache'] : []),
    ...(cache.pull ? ['--pull'] : []),
    plan.context.place,
  ];
}

/**
 * A layout has attestations and annotations in it; an image of the daemon's has none, and gets its annotations when it
 * is taken out.
 */
function outputWords(request: BuildRequest, { output }: BuildxPlan): readonly string[] {
  if (output.kind === 'daemon') {
    return ['--output', list(['type=docker', `name=${output.name}`]), '--provenance=false', '--sbom=false'];
  }
  // Timestamps of files become the source date as well, so that the same files give the same layers.
  const dated = request.createdAt === undefined ? [] : ['rewrite-timestamp=true'];
  return [
    ...['--output', list(['type=oci', `dest=${output.directory}`, 'tar=false', ...dated])],
    ...attestationWords(request),
    ...annotationWords(request),
  ];
}

/**
 * Said in any case: what buildx makes by itself depends on its version, the number of platforms and the kind of output.
 * Where attestations have a place, how the image came about is described in short (`mode=min`).
 */
function attestationWords({ attestations }: BuildRequest): readonly string[] {
  const { provenance, sbom, placement } = attestations;
  if (placement === 'none') return ['--provenance=false', '--sbom=false'];
  return [`--provenance=${provenance ?? 'mode=min'}`, `--sbom=${sbom ?? 'false'}`];
}

/** BuildKit refuses an annotation for an index where it makes none. */
function annotationWords(request: BuildRequest): readonly string[] {
  const hasIndex = makesIndex(request);
  return request.annotations.map(readAnnotation).flatMap(({ level, name, value }) => {
    const levels = level === 'both' ? ['manifest', 'index'] : [level];
    const made = levels.filter((one) => one === 'manifest' || hasIndex);
    return made.length === 0 ? [] : ['--annotation', `${made.join(',')}:${name}=${value}`];
  });
}

function makesIndex({ platforms, attestations }: BuildRequest): boolean {
  const { provenance = 'mode=min', sbom, placement } = attestations;
  return platforms.length > 1 || (placement !== 'none' && (isWanted(provenance) || isWanted(sbom)));
}

function optional(option: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [option, value];
}

/** Fields as buildx takes them: comma-separated values, with quotes around one that has a comma itself. */
function list(fields: readonly string[]): string {
  return fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}
