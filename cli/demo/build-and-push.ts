/** An image of the demo from its files to the registry: built as a release builds, pushed by our own client. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvariantError } from '../../errors/errors.ts';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { copy } from '../../oci/copy/copy.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import type { Builder, BuildParts, BuildRequest, BuiltImage } from '../../release/builders/builder.ts';
import { containerfile, writeContext } from './build-context.ts';
import type { BuildJob } from './build-job.ts';
import { withoutForeignCache } from './foreign-cache.ts';
import { toolEnvironment } from './tool-environment.ts';
import { webCommand, webEntrypoint, webPort } from './web-files.ts';

/** Longest time for building one image, in milliseconds; it takes a second or two. */
const buildTimeoutMs = 60_000;

/** Builds and pushes; throws what the builder throws. Leaves nothing outside the job's directory. */
export async function buildAndPush(builder: Builder, job: BuildJob): Promise<void> {
  const { source, root } = await withoutForeignCache(() => build(builder, job));
  const client = openRegistryClient({
    url: `http://${job.registry}`,
    credentials: async () => ({ username: 'demo', password: job.token }),
  });
  try {
    const target = client.repository(parseRepositoryName(job.repository));
    await copy(source, root.digest, target, [job.tag], { signal: job.signal });
  } finally {
    await client.close();
  }
}

async function build(builder: Builder, job: BuildJob): Promise<BuiltImage> {
  const context = join(job.directory, 'context');
  const scratch = join(job.directory, 'scratch');
  await writeContext(context, job.files);
  await mkdir(scratch);
  const file = join(job.directory, 'Containerfile');
  await writeFile(file, containerfile());
  const parts: BuildParts = {
    // docker's daemon and plug-ins are the user's own; the others keep what they store in the job's directory.
    env: builder.name === 'docker' ? job.env : await toolEnvironment(job),
    cwd: job.directory,
    scratch,
    openRepository: async (reference) => {
      throw new InvariantError({ code: 'INVARIANT_BROKEN', message: `the demo reads no image: ${reference}` });
    },
    onOutput: () => undefined,
    signal: AbortSignal.any([job.signal, AbortSignal.timeout(buildTimeoutMs)]),
  };
  return await builder.build(requestFor(builder, job, { context, file }), parts);
}

function requestFor(
  { name }: Builder,
  { version }: BuildJob,
  { context, file }: Pick<BuildRequest, 'context'> & { readonly file: string },
): BuildRequest {
  const ports = [String(webPort)];
  const run = { entrypoint: webEntrypoint, cmd: webCommand, workdir: undefined, user: undefined, env: [], ports };
  return {
    builder: name,
    builderInstance: undefined,
    context,
    file,
    target: undefined,
    platforms: [],
    buildArgs: [],
    secrets: [],
    ssh: [],
    labels: [{ name: 'org.opencontainers.image.version', value: version }],
    annotations: [],
    cache: { from: [], to: [], isOff: false, pull: false },
    attestations: { provenance: undefined, sbom: undefined, placement: 'none' },
    ready: name === 'none' ? { kind: 'directory', directory: context, run } : undefined,
    // The digest tells content alone, not when the demo ran.
    createdAt: 0,
    loadAs: undefined,
  };
}
