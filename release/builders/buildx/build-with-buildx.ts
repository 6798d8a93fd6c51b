/** Building with buildx: every platform at once, caches, secrets, attestations. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Builder, BuildParts, BuildRequest, BuildWarning, BuiltImage } from '../builder.ts';
import { takeFromDocker } from '../docker/take-from-docker.ts';
import type { FoundImage } from '../image/find-root.ts';
import { joinImages } from '../image/join-images.ts';
import { openReadyLayout } from '../image/open-ready-layout.ts';
import { placeAttestations } from '../image/place-attestations.ts';
import type { Redactor } from '../program/redactor.ts';
import { runBuilder } from '../program/run-builder.ts';
import { annotationsFor } from '../request/annotation.ts';
import { type BuildContext, nameSourceFile, openBuildContext } from '../request/build-context.ts';
import { prepareSecrets } from '../request/prepare-secrets.ts';
import { isWanted, type Refusal, refusalError } from '../request/refusal.ts';
import { sourceDateEnv } from '../request/source-date.ts';
import { metadataEnv, readBuildxWarnings } from './buildx-warnings.ts';
import { type BuildxPlan, buildxWords } from './buildx-words.ts';
import type { BuildxInstance } from './probe-buildx.ts';

/** The builder on that instance. */
export function buildWithBuildx(instance: BuildxInstance): Builder {
  return { name: 'buildx', build: (request, parts) => build(instance, request, parts) };
}

/** What the instance cannot do of the request; undefined when it can do it all. */
export function refuseForBuildx(instance: BuildxInstance, request: BuildRequest): Refusal | undefined {
  const { provenance, sbom, placement } = request.attestations;
  if (placement === 'none' && (isWanted(provenance) || isWanted(sbom))) {
    const setting = isWanted(provenance) ? 'provenance' : 'sbom';
    return { setting, what: 'make attestations that go nowhere', wayOut: 'set attestations to index or referrers' };
  }
  if (instance.hasSeveralNodes && request.platforms.length > 1 && request.loadAs !== undefined) {
    return { setting: 'load', what: 'load what several nodes built', wayOut: 'name one platform, or leave it out' };
  }
  if (instance.givesLayouts) return undefined;
  const wayOut = 'turn on the containerd image store of the docker daemon, or name an instance of another driver';
  const refuse = (setting: string, what: string) => ({ setting, what: `${what} on this docker daemon`, wayOut });
  if (request.platforms.length > 1) return refuse('platforms', 'build for several platforms');
  if (isWanted(provenance)) return refuse('provenance', 'make attestations');
  if (isWanted(sbom)) return refuse('sbom', 'make attestations');
  return undefined;
}

async function build(instance: BuildxInstance, request: BuildRequest, parts: BuildParts): Promise<BuiltImage> {
  const refusal = refuseForBuildx(instance, request);
  if (refusal !== undefined) throw refusalError('buildx', refusal);
  const context = await openBuildContext(request, parts);
  const secrets = await prepareSecrets(request.secrets, parts);
  const works = worksOf(instance, request, parts.scratch);
  const nodes = new AbortController();
  const signal = AbortSignal.any([parts.signal, nodes.signal]);
  const run = async (work: BuildxWork) => {
    const { redactor, mounts } = secrets;
    const words = buildxWords(work.request, { ...work, context, mounts });
    const env = { ...metadataEnv, ...sourceDateEnv(request.createdAt) };
    await runBuilder({ builder: 'buildx', program: 'docker', words, env, redactor }, { ...parts, signal }).catch(
      (error: unknown) => {
        nodes.abort(error);
        throw error;
      },
    );
    return await readWarnings(work.metadataFile, context, { cwd: parts.cwd, redactor });
  };
  try {
    const running = works.map(run);
    await Promise.allSettled(running);
    const warnings = (await Promise.all(running)).flat();
    const images = await Promise.all(works.map((work) => takeOut(work, parts)));
    if (instance.givesLayouts && request.loadAs !== undefined) await run(loadWork(request, request.loadAs, parts));
    return { builder: 'buildx', ...(await asOne(images, request, parts.signal)), warnings };
  } finally {
    await secrets.close();
  }
}

/** One command of buildx. */
interface BuildxWork extends Pick<BuildxPlan, 'output' | 'metadataFile'> {
  readonly request: BuildRequest;
}

/** One for all platforms; where several nodes build, who give out no layout together, one for each, at the same time. */
function worksOf(instance: BuildxInstance, request: BuildRequest, scratch: string): readonly BuildxWork[] {
  const { platforms, loadAs } = request;
  const isSplit = instance.hasSeveralNodes && platforms.length > 1;
  const requests = isSplit ? platforms.map((platform) => ({ ...request, platforms: [platform] })) : [request];
  return requests.map((one, at) => ({
    request: one,
    metadataFile: join(scratch, `metadata-${at}.json`),
    output: instance.givesLayouts
      ? { kind: 'layout', directory: join(scratch, `image-${at}`) }
      : { kind: 'daemon', name: loadAs ?? `registry-action-build:${randomUUID()}` },
  }));
}

/**
 * The image once more, for the daemon: out of the cache, and by itself, because no exporter of BuildKit's leaves out the
 * attestations that another one wants.
 */
function loadWork(request: BuildRequest, name: string, { scratch }: BuildParts): BuildxWork {
  const cache = { from: [], to: [], isOff: false, pull: false };
  const metadataFile = join(scratch, 'metadata-load.json');
  return { request: { ...request, cache }, metadataFile, output: { kind: 'daemon', name } };
}

/** Neither a layout nor an archive comes out of a daemon with its old storage in one go: it is asked for the image. */
async function takeOut({ output, request }: BuildxWork, parts: BuildParts): Promise<FoundImage> {
  if (output.kind === 'layout') return await openReadyLayout(output.directory, undefined, parts.signal);
  const isKept = request.loadAs !== undefined;
  return await takeFromDocker({ builder: 'buildx', name: output.name, isKept }, request, parts);
}

async function asOne(images: readonly FoundImage[], request: BuildRequest, signal: AbortSignal): Promise<FoundImage> {
  const named = images.map(({ source, root }) => ({ source, digest: root.digest, label: source.name }));
  const [only] = images;
  const { source, root } =
    only !== undefined && images.length === 1
      ? only
      : await joinImages(named, annotationsFor('index', request.annotations), signal);
  return await placeAttestations(source, root, request.attestations.placement, signal);
}

async function readWarnings(
  metadataFile: string,
  context: BuildContext,
  { cwd, redactor }: { readonly cwd: string; readonly redactor: Redactor },
): Promise<readonly BuildWarning[]> {
  const metadata = await readFile(metadataFile, 'utf8').catch(() => '{}');
  const warnings = readBuildxWarnings(metadata, (name) => nameSourceFile(name, context, cwd));
  return warnings.map((warning) => ({ ...warning, message: redactor(warning.message) }));
}
