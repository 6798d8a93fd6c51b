/** Building without any container tool: from the files themselves, pushed by our own client. */
import { arch } from 'node:os';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { type Builder, type BuildJob, imageName } from './builder.ts';
import { buildImage } from './image.ts';
import { pushImage } from './push-image.ts';
import { webCommand, webEntrypoint } from './web-files.ts';

/** The builder. */
export const ownBuilder: Builder = {
  name: 'none',
  commandsFor: (job) => [`docker build -t ${imageName(job)} .`, `docker push ${imageName(job)}`],
  buildAndPush,
};

async function buildAndPush(job: BuildJob): Promise<void> {
  const image = await buildImage(job.files, {
    architecture: architecture(),
    entrypoint: webEntrypoint,
    command: webCommand,
    labels: { 'org.opencontainers.image.version': job.version },
  });
  const client = openRegistryClient({
    url: `http://${job.registry}`,
    credentials: async () => ({ username: 'demo', password: job.token }),
  });
  try {
    await pushImage(client.repository(parseRepositoryName(job.repository)), image, job.tag, job.signal);
  } finally {
    await client.close();
  }
}

/** This machine's architecture in the words of images. Spec: image-spec v1.1.1, "Image Index Property Descriptions". */
function architecture(): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return names[arch()] ?? arch();
}
