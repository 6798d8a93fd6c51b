/** What is built: no two contexts have a file in common that a cache could know. */
import { createCipheriv, randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionSizes } from './action-sizes.ts';

/** Any small program that needs no library. */
const busybox = '/bin/busybox';

/** A directory with layers of random bytes, from which `FROM scratch` makes an image; the caller removes it. */
export async function makeLayersContext(parent: string, sizes: ActionSizes): Promise<string> {
  const context = await mkdtemp(join(parent, 'context-'));
  const names = Array.from({ length: sizes.layers }, (_, at) => `layer-${at}`);
  for (const name of names) {
    await mkdir(join(context, name));
    await writeFile(join(context, name, 'content'), randomContent(sizes.layerBytes));
  }
  const steps = names.map((name) => `COPY ${name} /${name}/\n`);
  await writeFile(join(context, 'Dockerfile'), `FROM scratch\n${steps.join('')}ENTRYPOINT ["/layer-0/content"]\n`);
  return context;
}

/** A directory whose build waits for so many seconds; without a step that takes time when there are none. */
export async function makeSlowContext(parent: string, seconds: number): Promise<string> {
  const context = await mkdtemp(join(parent, 'context-'));
  await writeFile(join(context, 'stamp'), randomBytes(16).toString('hex'));
  await copyFile(busybox, join(context, 'busybox'));
  const wait = seconds === 0 ? '' : `RUN ["/bin/busybox", "sleep", "${seconds}"]\n`;
  const steps = `COPY stamp /etc/stamp\nCOPY busybox /bin/busybox\n${wait}`;
  await writeFile(join(context, 'Dockerfile'), `FROM scratch\n${steps}ENTRYPOINT ["/bin/busybox"]\n`);
  return context;
}

/** The key stream of a cipher: as fast as a disk, and nothing makes it smaller. */
function randomContent(sizeBytes: number): Buffer {
  return createCipheriv('aes-256-ctr', randomBytes(32), Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}
