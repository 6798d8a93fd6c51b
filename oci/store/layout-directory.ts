/** The directory of an OCI image layout: where things are in it, and its creation. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../errors/errors.ts';
import { streamOf } from '../byte-stream.ts';
import { type Digest, digestAlgorithm, digestHex } from '../spec/digest.ts';
import { createDurableDirectory, writeDurableFile } from './durable-file.ts';
import { emptyLayoutIndex, formatLayoutIndex } from './layout-index.ts';
import { readOptionalFile } from './optional-file.ts';

/** Names below a layout's directory. `ingest` holds files being written; what a killed writer left there is garbage. */
const marker = 'oci-layout';
const index = 'index.json';
const blobs = 'blobs';
const ingest = 'ingest';

const markerText = '{"imageLayoutVersion":"1.0.0"}';

/** Path of the layout's `index.json`. */
export function layoutIndexPath(directory: string): string {
  return join(directory, index);
}

/** Path of the content with the digest. Spec: image-spec v1.1.1, "Blobs". */
export function layoutBlobPath(directory: string, digest: Digest): string {
  return join(directory, blobs, digestAlgorithm(digest), digestHex(digest));
}

/** Directory on the same file system for files that are being written. */
export function layoutIngestDirectory(directory: string): string {
  return join(directory, ingest);
}

/**
 * Makes the directory an empty layout when it is absent or empty; a layout is left as it is, and a creation that was
 * interrupted is completed.
 * @throws InputError LAYOUT_INVALID when the directory holds something else.
 */
export async function createLayoutDirectory(directory: string): Promise<void> {
  await createDurableDirectory(directory);
  const found = await readOptionalFile(join(directory, marker));
  if (found === undefined) await assertUnused(directory);
  else assertMarker(directory, found);

  const ingestDirectory = layoutIngestDirectory(directory);
  await createDurableDirectory(ingestDirectory);
  await createDurableDirectory(join(directory, blobs, 'sha256'));
  await createDurableDirectory(join(directory, blobs, 'sha512'));
  if (found !== undefined) return;
  await writeDurableFile(layoutIndexPath(directory), ingestDirectory, streamOf(formatLayoutIndex(emptyLayoutIndex)));
  await writeDurableFile(join(directory, marker), ingestDirectory, streamOf(new TextEncoder().encode(markerText)));
}

async function assertUnused(directory: string): Promise<void> {
  const ours: readonly string[] = [index, blobs, ingest];
  const stranger = (await readdir(directory)).find((name) => !ours.includes(name));
  if (stranger !== undefined) throw notALayout(directory, `it holds ${JSON.stringify(stranger)} but no ${marker} file`);
}

/** Spec: image-spec v1.1.1, "oci-layout file". */
function assertMarker(directory: string, bytes: Uint8Array): void {
  if (parseMarkerVersion(bytes) !== '1.0.0') throw notALayout(directory, `its ${marker} file is not of version 1.0.0`);
}

function parseMarkerVersion(bytes: Uint8Array): unknown {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as { imageLayoutVersion?: unknown }).imageLayoutVersion;
  } catch {
    return undefined;
  }
}

function notALayout(directory: string, why: string): InputError {
  return new InputError({ code: 'LAYOUT_INVALID', message: `not an OCI image layout: ${directory}: ${why}` });
}
