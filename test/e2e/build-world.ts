/** Every builder of this machine with storage of a test's own, and a registry that images go to. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openRegistryClient, type RegistryClient } from '../../oci/client/registry-client.ts';
import { copy } from '../../oci/copy/copy.ts';
import { proveGraph } from '../../oci/copy/prove-graph.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { blobSuccessors, type Manifest, manifestSuccessors, parseManifest } from '../../oci/spec/manifest.ts';
import { parseReference } from '../../oci/spec/reference.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import type { BuildParts, BuildRequest, BuiltImage } from '../../release/builders/builder.ts';
import { chooseBuilder } from '../../release/builders/choose-builder.ts';
import { readAll } from '../oci/content.ts';
import { sampleRequest } from '../release/builders/sample-request.ts';
import { type BuildKit, openBuildKit } from './buildkit.ts';
import { type ContainerTools, openContainerTools } from './container-tools.ts';
import { type Distribution, openDistribution } from './distribution.ts';
import { type DockerDaemon, openDockerDaemon } from './docker-daemon.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';

export interface BuildWorld {
  readonly directory: string;
  readonly tools: ContainerTools;
  readonly daemon: DockerDaemon;
  readonly buildKit: BuildKit;
  /** Host and port of the registry. */
  readonly host: string;
  /** What all builders run in: none of what is the user's. */
  readonly env: NodeJS.ProcessEnv;
  repository(name: string): Target;
  /** Builds with the builder that the request names, or the one that is chosen. */
  build(request: Partial<BuildRequest>, parts?: Partial<BuildParts>): Promise<BuiltImage>;
  /** Copies the image to the registry by its digest, proves that it is whole there, and answers its reference. */
  push(image: BuiltImage, name: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts a docker daemon, a BuildKit daemon and a registry, all of them with files below one directory. */
export async function openBuildWorld(): Promise<BuildWorld> {
  const scratch: ScratchDirectory = await openScratchDirectory('builders');
  const tools = await openContainerTools(join(scratch.path, 'tools'));
  // A file of credentials that is named must be there, if only to say that there are none.
  await writeFile(tools.env['REGISTRY_AUTH_FILE'] ?? '', '{}');
  const [daemon, buildKit, registry]: [DockerDaemon, BuildKit, Distribution] = await Promise.all([
    openDockerDaemon(join(scratch.path, 'dockerd')),
    openBuildKit(join(scratch.path, 'buildkit')),
    openDistribution(),
  ]);
  const client: RegistryClient = openRegistryClient({ url: registry.url, credentials: async () => undefined });
  const host = new URL(registry.url).host;
  // Debian's own docker client fits its daemon; another one may be first on PATH.
  const path = `/usr/bin:${tools.env['PATH']}`;
  const env = { ...tools.env, ...buildKit.env, DOCKER_HOST: daemon.host, PATH: path };
  const repository = (name: string) => client.repository(parseRepositoryName(name));
  return {
    directory: scratch.path,
    tools,
    daemon,
    buildKit,
    host,
    env,
    repository,
    async build(given, parts = {}) {
      const request = sampleRequest(given);
      const all: BuildParts = {
        env,
        cwd: scratch.path,
        scratch: await mkdtemp(join(scratch.path, 'scratch-')),
        openRepository: async (reference) => repository(parseReference(reference).repository),
        onOutput: () => undefined,
        signal: AbortSignal.timeout(60_000),
        ...parts,
      };
      return await (await chooseBuilder(request, all)).build(request, all);
    },
    async push({ source, root }, name) {
      const target = repository(name);
      await copy(source, root.digest, target, [], { referrers: {} });
      const proof = await proveGraph(target, root);
      if (!proof.complete) throw new Error(`not whole at the registry: ${JSON.stringify(proof.missing)}`);
      return `${host}/${name}@${root.digest}`;
    },
    close: async () => {
      await client.close();
      await Promise.all([registry.close(), buildKit.close(), daemon.close()]);
      await tools.close();
      await scratch.close();
    },
  };
}

/** The manifest with the digest. */
export async function readManifest(target: Pick<Target, 'fetchManifest'>, digest: Digest): Promise<Manifest> {
  const { bytes, descriptor } = await target.fetchManifest(digest);
  return parseManifest(bytes, descriptor.mediaType);
}

/** Everything below the manifest as text, without compression: where a secret would be seen. */
export async function readEverything(target: Target, digest: Digest): Promise<string> {
  const manifest = await readManifest(target, digest);
  const blobs = await Promise.all(blobSuccessors(manifest).map(async (blob) => readAll(await target.fetchBlob(blob))));
  const texts = blobs.map((bytes) => Buffer.from(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('latin1'));
  const below = await Promise.all(manifestSuccessors(manifest).map((child) => readEverything(target, child.digest)));
  return [JSON.stringify(manifest), ...texts, ...below].join('\n');
}
