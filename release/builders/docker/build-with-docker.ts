/** Building with `docker build`, by whatever the daemon builds with: one platform, and no attestations. */
import { randomUUID } from 'node:crypto';
import type { Builder, BuildParts, BuildRequest, BuiltImage } from '../builder.ts';
import type { FoundImage } from '../image/find-root.ts';
import { labelImage } from '../image/label-image.ts';
import { runBuilder } from '../program/run-builder.ts';
import { openBuildContext } from '../request/build-context.ts';
import { prepareSecrets } from '../request/prepare-secrets.ts';
import { type Refusal, refusalError, refuseAttestations, refuseInstance, useBuildx } from '../request/refusal.ts';
import { sourceDateEnv } from '../request/source-date.ts';
import { dockerWords } from './docker-words.ts';
import { takeFromDocker } from './take-from-docker.ts';

/**
 * The builder. The image is taken out of the daemon's storage, which gives no digest that a registry would know; so the
 * digest is that of the manifest made here.
 */
export const dockerBuilder: Builder = { name: 'docker', build };

/** What docker cannot do of the request; undefined when it can do it all. */
export function refuseForDocker(request: BuildRequest): Refusal | undefined {
  if (request.platforms.length > 1) {
    const wayOut = 'name one platform, or set builder to buildx, buildah or podman';
    return { setting: 'platforms', what: 'build for several platforms', wayOut };
  }
  if (request.cache.to.length > 0) {
    return { setting: 'cache-to', what: 'write caches', wayOut: useBuildx };
  }
  return refuseInstance(request) ?? refuseAttestations(request);
}

async function build(request: BuildRequest, parts: BuildParts): Promise<BuiltImage> {
  const refusal = refuseForDocker(request);
  if (refusal !== undefined) throw refusalError('docker', refusal);
  const image = await makeLabelled(request, parts);
  return { builder: 'docker', ...image, warnings: [] };
}

/**
 * docker's older builder makes a step of every label, and each takes it as long as a small file, so they are written
 * when the image is out of its storage; one that is to stay there is labelled by docker.
 */
async function makeLabelled(request: BuildRequest, parts: BuildParts): Promise<FoundImage> {
  const { labels, loadAs } = request;
  if (labels.length === 0 || loadAs !== undefined) return await make(request, parts);
  const image = await make({ ...request, labels: [] }, parts);
  // What is not labelled so easily was built by BuildKit, which makes no steps of labels and has the others in its cache.
  return (await labelImage(image, labels, parts.signal)) ?? (await make(request, parts));
}

async function make(request: BuildRequest, parts: BuildParts): Promise<FoundImage> {
  const context = await openBuildContext(request, parts);
  const name = request.loadAs ?? `registry-action-build:${randomUUID()}`;
  const secrets = await prepareSecrets(request.secrets, parts);
  try {
    const words = dockerWords(request, { context, mounts: secrets.mounts, name });
    const env = { ...plainEnv, ...sourceDateEnv(request.createdAt), ...buildKitEnv(request) };
    await runBuilder({ builder: 'docker', program: 'docker', words, env, redactor: secrets.redactor }, parts);
  } finally {
    await secrets.close();
  }
  return await takeFromDocker({ builder: 'docker', name, isKept: request.loadAs !== undefined }, request, parts);
}

/** Where docker builds by buildx, it says its progress in lines and makes an image without attestations. */
const plainEnv = { BUILDKIT_PROGRESS: 'plain', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } as const;

/** Its older builder knows neither secrets nor agents. */
function buildKitEnv({ secrets, ssh }: BuildRequest): Readonly<Record<string, string>> {
  return secrets.length + ssh.length === 0 ? {} : { DOCKER_BUILDKIT: '1' };
}
