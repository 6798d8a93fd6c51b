/** Building with `docker build`, by whatever the daemon builds with: one platform, and no attestations. */
import { randomUUID } from 'node:crypto';
import type { Builder, BuildParts, BuildRequest, BuiltImage } from '../builder.ts';
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
  const isKept = request.loadAs !== undefined;
  const image = await takeFromDocker({ builder: 'docker', name, isKept }, request, parts);
  return { builder: 'docker', ...image, warnings: [] };
}

/** Where docker builds by buildx, it says its progress in lines and makes an image without attestations. */
const plainEnv = { BUILDKIT_PROGRESS: 'plain', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } as const;

/** Its older builder knows neither secrets nor agents. */
function buildKitEnv({ secrets, ssh }: BuildRequest): Readonly<Record<string, string>> {
  return secrets.length + ssh.length === 0 ? {} : { DOCKER_BUILDKIT: '1' };
}
