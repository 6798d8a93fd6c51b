/** The copy of one blob, to every target of a run. */
import { streamOf } from '../byte-stream.ts';
import { digestOf } from '../hash.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { digestAlgorithm } from '../spec/digest.ts';
import type { CopyOutcome } from './copy-event.ts';
import { type CopyLeg, type CopyRun, onLeg, openLegs, recordOutcome, reportOutcome } from './copy-run.ts';
import { atSide, streamAtSide } from './copy-side.ts';
import type { BlobQuestion, OpenContent } from './delivery.ts';
import { settleAll } from './graph-walk.ts';
import { openSharedRead } from './shared-read.ts';
import type { ByteStream, Source } from './target.ts';

/**
 * Makes the blob present at every target. Its bytes are read once for all registries that need them; repositories of
 * one registry come one after the other, so that the first has it and the others mount it. That it has `started` was
 * reported before, when it became known.
 */
export async function copyBlob(run: CopyRun, blob: BlobQuestion): Promise<void> {
  const { descriptor } = blob;
  const meter = openMeter((bytes) => run.onEvent({ kind: 'progressed', descriptor, bytes }));
  const open = () => openContent(run, descriptor);
  const groups = groupByRegistry(openLegs(run));
  const shares = openSharedRead(open, groups.length);
  const outcomes = new Set<CopyOutcome>();
  await settleAll(
    groups.map(async (legs, at) => {
      const share = shares[at];
      for (const [rank, leg] of legs.entries()) {
        if (leg.failure !== undefined) continue;
        await onLeg(run, leg, async () => {
          const opening = meter.count(leg, rank === 0 && share !== undefined ? share.open : open);
          const outcome = await leg.delivery.deliverBlob(blob, opening);
          recordOutcome(leg, 'blob', outcome, descriptor);
          outcomes.add(outcome);
        });
        share?.settle();
      }
    }),
  );
  if (outcomes.has('copied')) meter.finish(descriptor.size);
  reportOutcome(run, outcomes, descriptor);
}

/** Moves the blob's bytes to one target, whatever it says it has. */
export async function copyBlobAgain(run: CopyRun, leg: CopyLeg, descriptor: Descriptor): Promise<void> {
  await leg.delivery.deliverBlob({ descriptor, isConfig: false }, () => openContent(run, descriptor), true);
}

/** A target that is no repository of a registry is a group by itself. */
function groupByRegistry(legs: readonly CopyLeg[]): readonly (readonly CopyLeg[])[] {
  return [...Map.groupBy(legs, (leg) => leg.delivery.target.place?.registry ?? leg).values()];
}

/** The blob's bytes, verified: from the descriptor where it carries them, else from the source. */
async function openContent(run: CopyRun, blob: Descriptor): Promise<ByteStream> {
  const inline = inlineContent(blob);
  return inline === undefined ? await openAtSource(run.source, blob, run.walk.signal) : streamOf(inline);
}

async function openAtSource(source: Source, blob: Descriptor, signal: AbortSignal): Promise<ByteStream> {
  return streamAtSide('source', await atSide('source', source.fetchBlob(blob, signal)));
}

/** Spec: image-spec v1.1.1, "Embedded Content": what does not match the digest is not used. */
function inlineContent(blob: Descriptor): Uint8Array | undefined {
  if (blob.data === undefined) return undefined;
  const bytes = Buffer.from(blob.data, 'base64');
  const matches = bytes.length === blob.size && digestOf(bytes, digestAlgorithm(blob.digest)) === blob.digest;
  return matches ? bytes : undefined;
}

/** Counts one blob's bytes on their way to several targets. */
interface Meter {
  /** The same content, counted for the leg. */
  count(leg: CopyLeg, open: OpenContent): OpenContent;
  /** The blob is there: what has not gone by need not. */
  finish(sizeBytes: number): void;
}

/** `onBytes` is told what has reached the slowest target since the last call: less than none when it starts over. */
function openMeter(onBytes: (bytes: number) => void): Meter {
  const goneBy = new Map<CopyLeg, number>();
  let told = 0;

  function tell(bytes: number): void {
    if (bytes !== told) onBytes(bytes - told);
    told = bytes;
  }

  return {
    count: (leg, open) => async () => {
      const stream = await open();
      goneBy.set(leg, 0);
      tell(0);
      return counted(stream, (bytes) => {
        goneBy.set(leg, (goneBy.get(leg) ?? 0) + bytes);
        tell(Math.min(...goneBy.values()));
      });
    },
    finish: tell,
  };
}

async function* counted(stream: ByteStream, onBytes: (bytes: number) => void): ByteStream {
  for await (const chunk of stream) {
    yield chunk;
    onBytes(chunk.length);
  }
}
