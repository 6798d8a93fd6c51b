/** The copy of one blob. */
import { streamOf } from '../byte-stream.ts';
import { digestOf } from '../hash.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { digestAlgorithm } from '../spec/digest.ts';
import { type CopyRun, recordOutcome } from './copy-run.ts';
import { atSide, streamAtSide } from './copy-side.ts';
import type { ByteStream } from './target.ts';

/**
 * Makes the blob present at the target, the cheapest way first. A mount is tried before the target is asked whether it
 * has the blob: it costs the same one request, and succeeds in both cases.
 * Spec: distribution-spec v1.1.1, "Mounting a blob from another repository".
 */
export async function copyBlob(run: CopyRun, blob: Descriptor): Promise<void> {
  if (await mountBlob(run, blob)) return recordOutcome(run, 'blob', 'mounted', blob);
  if (await atSide('target', run.target.hasBlob(blob, run.walk.signal))) {
    return recordOutcome(run, 'blob', 'present', blob);
  }
  await pushBlob(run, blob, (bytes) => run.onEvent({ kind: 'progressed', descriptor: blob, bytes }));
  recordOutcome(run, 'blob', 'copied', blob);
}

/**
 * Moves the blob's bytes, whatever the target says it has. `onBytes` is told what has gone by since the last call,
 * a negative number when the target starts over; in the end it has been told the blob's size.
 */
export async function pushBlob(run: CopyRun, blob: Descriptor, onBytes: (bytes: number) => void): Promise<void> {
  let goneBy = 0;
  async function open(): Promise<ByteStream> {
    if (goneBy > 0) onBytes(-goneBy);
    goneBy = 0;
    return counted(await openContent(run, blob), (bytes) => {
      goneBy += bytes;
      onBytes(bytes);
    });
  }
  await atSide('target', run.target.pushBlob(blob, open, run.walk.signal));
  // A target that found the blob stored after an attempt whose answer was lost has not read it to its end.
  if (goneBy !== blob.size) onBytes(blob.size - goneBy);
}

async function mountBlob(run: CopyRun, blob: Descriptor): Promise<boolean> {
  const { source, target, walk } = run;
  if (target.mountBlob === undefined || source.place === undefined) return false;
  return await atSide('target', target.mountBlob(blob, source.place, walk.signal));
}

/** The blob's bytes, verified: from the descriptor where it carries them, else from the source. */
async function openContent(run: CopyRun, blob: Descriptor): Promise<ByteStream> {
  const inline = inlineContent(blob);
  if (inline !== undefined) return streamOf(inline);
  const stream = await atSide('source', run.source.fetchBlob(blob, run.walk.signal));
  return streamAtSide('source', stream);
}

/** Spec: image-spec v1.1.1, "Embedded Content": what does not match the digest is not used. */
function inlineContent(blob: Descriptor): Uint8Array | undefined {
  if (blob.data === undefined) return undefined;
  const bytes = Buffer.from(blob.data, 'base64');
  const matches = bytes.length === blob.size && digestOf(bytes, digestAlgorithm(blob.digest)) === blob.digest;
  return matches ? bytes : undefined;
}

async function* counted(stream: ByteStream, onBytes: (bytes: number) => void): ByteStream {
  for await (const chunk of stream) {
    yield chunk;
    onBytes(chunk.length);
  }
}
