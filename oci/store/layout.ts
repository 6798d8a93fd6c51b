/** A repository in a directory: an OCI image layout. Spec: image-spec v1.1.1, "OCI Image Layout Specification". */
import { readFile } from 'node:fs/promises';
import { abortable, streamOf } from '../byte-stream.ts';
import { openSlots, type Slots } from '../copy/slots.ts';
import type { ByteStream, FetchedManifest, Target } from '../copy/target.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import type { Tag } from '../spec/tag.ts';
import { verifiedManifest } from '../verified-manifest.ts';
import { verifiedStream } from '../verified-stream.ts';
import { removeDurableFile, writeDurableFile } from './durable-file.ts';
import { createLayoutDirectory, layoutBlobPath, layoutIndexPath, layoutIngestDirectory } from './layout-directory.ts';
import { layoutFiles } from './layout-files.ts';
import {
  formatLayoutIndex,
  type LayoutIndex,
  parseLayoutIndex,
  withLayoutManifest,
  withLayoutTag,
  withoutLayoutManifest,
  withoutLayoutTag,
} from './layout-index.ts';
import { layoutSource } from './layout-source.ts';
import { referrerIn } from './referrer-in.ts';

interface Layout {
  readonly directory: string;
  /** Held while `index.json` is read, changed and replaced. */
  readonly indexLock: Slots;
}

/**
 * The layout in the directory, created when the directory is absent or empty. Tags are the entries of `index.json`
 * whose `org.opencontainers.image.ref.name` is one. Open a directory once: only writers that share a `Target` wait for
 * each other's changes of `index.json`.
 *
 * @throws InputError LAYOUT_INVALID when the directory holds something else.
 */
export async function openLayout(directory: string): Promise<Target> {
  await createLayoutDirectory(directory);
  const layout: Layout = { directory, indexLock: openSlots(1) };
  return {
    ...layoutSource(layoutFiles(directory)),
    pushBlob: (descriptor, open, signal) => pushBlob(layout, descriptor, open, signal),
    pushManifest: (manifest, signal) => pushManifest(layout, manifest, signal),
    pushTag: (tag, manifest, options) => pushTag(layout, tag, manifest, options?.signal),
    deleteTag: (tag, signal) => updateIndex(layout, (index) => withoutLayoutTag(index, tag), signal),
    deleteManifest: (digest, signal) => deleteManifest(layout, digest, signal),
  };
}

async function pushBlob(
  layout: Layout,
  descriptor: Descriptor,
  open: () => Promise<ByteStream>,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  await writeContent(layout, descriptor, abortable(await open(), signal));
}

/** Nothing but its entry in `index.json` leads from a subject to a referrer, so one under no tag has an entry too. */
async function pushManifest(layout: Layout, manifest: FetchedManifest, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { descriptor, bytes } = verifiedManifest(manifest, layout.directory);
  await writeContent(layout, descriptor, streamOf(bytes));
  const referrer = referrerIn(manifest);
  if (referrer !== undefined) await updateIndex(layout, (index) => withLayoutManifest(index, referrer), signal);
}

async function pushTag(layout: Layout, tag: Tag, manifest: FetchedManifest, signal?: AbortSignal): Promise<void> {
  await pushManifest(layout, manifest, signal);
  await updateIndex(layout, (index) => withLayoutTag(index, tag, manifest.descriptor), signal);
}

async function deleteManifest(layout: Layout, digest: Digest, signal?: AbortSignal): Promise<void> {
  await updateIndex(layout, (index) => withoutLayoutManifest(index, digest), signal);
  await removeDurableFile(layoutBlobPath(layout.directory, digest));
}

async function readIndex(layout: Layout): Promise<LayoutIndex> {
  return parseLayoutIndex(await readFile(layoutIndexPath(layout.directory)));
}

async function updateIndex(
  layout: Layout,
  change: (index: LayoutIndex) => LayoutIndex,
  signal?: AbortSignal,
): Promise<void> {
  await layout.indexLock(async () => {
    signal?.throwIfAborted();
    const bytes = formatLayoutIndex(change(await readIndex(layout)));
    parseLayoutIndex(bytes); // An index too large to be read again must not be written.
    await writeDurableFile(layoutIndexPath(layout.directory), layoutIngestDirectory(layout.directory), streamOf(bytes));
  });
}

async function writeContent(layout: Layout, descriptor: Descriptor, stream: ByteStream): Promise<void> {
  const path = layoutBlobPath(layout.directory, descriptor.digest);
  const verified = verifiedStream(stream, descriptor, layout.directory);
  await writeDurableFile(path, layoutIngestDirectory(layout.directory), verified);
}
