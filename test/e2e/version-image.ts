/** The image that goes through every test: busybox and a file that names the version, which it prints. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerTools } from './container-tools.ts';

/** Debian's busybox-static. */
const busyboxPath = '/bin/busybox';

const dockerfile = `FROM scratch
COPY busybox /bin/busybox
COPY version /version
ENTRYPOINT ["/bin/busybox"]
CMD ["cat", "/version"]
`;

/** Writes a directory to build the image of a version from. */
export async function writeImageContext(directory: string, version: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await copyFile(busyboxPath, join(directory, 'busybox'));
  await writeFile(join(directory, 'version'), `${version}\n`);
  await writeFile(join(directory, 'Dockerfile'), dockerfile);
  return directory;
}

/** Builds the image of a version with buildah and pushes it as `name:version`; answers the digest it was pushed with. */
export async function pushVersion(
  tools: ContainerTools,
  directory: string,
  name: string,
  version: string,
): Promise<string> {
  const context = await writeImageContext(join(directory, `context-${version}`), version);
  const image = `${name}:${version}`;
  const digestFile = join(directory, `digest-${version}`);
  await tools.run('buildah', ['build', '--format', 'oci', '--tag', image, context]);
  await tools.run('buildah', ['push', '--tls-verify=false', '--digestfile', digestFile, image]);
  return tools.run('cat', [digestFile]);
}
