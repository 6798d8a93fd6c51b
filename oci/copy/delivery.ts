/** One target of a copy: content is made present there, the cheapest way first. */
import { readWhole, streamOf } from '../byte-stream.ts';
import { abortable } from '../client/wire/abortable.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import type { CopyOutcome } from './copy-event.ts';
import type { CopyMemory } from './copy-memory.ts';
import { atSide } from './copy-side.ts';
import { type GraphNode, requiredBlobs } from './graph-node.ts';
import { isWithinReach } from './mount-reach.ts';
import { resolveAtTarget } from './resolve-at-target.ts';
import type { ByteStream, FetchedManifest, RepositoryPlace, Target } from './target.ts';

/** A way to the content's bytes; called again when an attempt to store them fails part way. */
export type OpenContent = () => Promise<ByteStream>;

/** The way to one target, for as long as one copy lasts. */
export interface Delivery {
  readonly target: Target;
  /** What was seen is believed, and a target without any tag taken to have none, unless `isAskedAnyway`. */
  hasManifest(manifest: Descriptor, isAskedAnyway?: boolean): Promise<boolean>;
  /** Makes the blob present, unasked when `isForced`. */
  deliverBlob(blob: BlobQuestion, open: OpenContent, isForced?: boolean): Promise<CopyOutcome>;
  deliverManifest(manifest: FetchedManifest): Promise<void>;
  /** The manifest lies at the target, and with it what it points at. */
  recordManifest(node: GraphNode): void;
  /** The target has lost what it was thought to have. */
  forget(): void;
}

/** A blob, and the part it plays. */
export interface BlobQuestion {
  readonly descriptor: Descriptor;
  /** The configuration of a manifest that the target does not have is almost never there by itself. */
  readonly isConfig: boolean;
}

/** What a delivery is opened with. */
export interface DeliveryInit {
  readonly target: Target;
  /** Where the source is, for mounts. */
  readonly source: RepositoryPlace | undefined;
  readonly memory: CopyMemory;
  readonly signal: AbortSignal;
  readonly seen?: TargetSeen | undefined;
}

/** What has just been seen of a target, or is being asked. */
export interface TargetSeen {
  /** Whether it is without any tag. */
  readonly emptiness?: Promise<boolean> | undefined;
  /** A manifest that is not there. */
  readonly absent?: Digest | undefined;
}

/**
 * A blob of at least this size is asked for even where no tag is. A copy that was broken off leaves blobs without a
 * tag; sending this much again costs more than the question.
 */
const askAnywhereSizeBytesMin = 64 * 1024 * 1024;

/** A larger configuration is asked for like a layer: sending it in vain would cost more than the question. */
const configUnaskedSizeBytesMax = 64 * 1024;

/** Blobs up to this size are read while the upload is being opened, which spares a round trip; 64 of them are 16 MiB. */
export const readAheadSizeBytesMax = 256 * 1024;

/** The way to the target; nothing is asked yet. */
export function openDelivery(init: DeliveryInit): Delivery {
  const { target, memory, signal, seen = {} } = init;
  const { place } = target;
  // What this copy itself brings there makes no difference to what it need not ask.
  let emptiness = place !== undefined && memory.knows(place) ? Promise.resolve(false) : seen.emptiness;

  async function isEmpty(): Promise<boolean> {
    emptiness ??= target.isEmpty === undefined ? Promise.resolve(false) : atSide('target', target.isEmpty(signal));
    return await emptiness;
  }

  async function isWorthAsking({ descriptor, isConfig }: BlobQuestion): Promise<boolean> {
    if (place === undefined) return true;
    if (isConfig && descriptor.size <= configUnaskedSizeBytesMax) return false;
    return descriptor.size >= askAnywhereSizeBytesMin || !(await isEmpty());
  }

  async function bringBlob(blob: BlobQuestion, open: OpenContent, beside?: RepositoryPlace): Promise<CopyOutcome> {
    const { descriptor } = blob;
    for (const from of mountSources(init, descriptor, beside)) {
      if (await atSide('target', target.mountBlob?.(descriptor, from, signal) ?? noMount)) return 'mounted';
    }
    if ((await isWorthAsking(blob)) && (await atSide('target', target.hasBlob(descriptor, signal)))) return 'present';
    return await forceBlob(blob, open);
  }

  async function forceBlob({ descriptor }: BlobQuestion, open: OpenContent): Promise<CopyOutcome> {
    await pushBlob(target, descriptor, open, signal);
    return 'copied';
  }

  const flightOf = (digest: Digest) => (place === undefined ? undefined : memory.flightTo(place.registry, digest));

  return {
    target,
    async hasManifest({ digest }, isAskedAnyway = false) {
      if (!isAskedAnyway && place !== undefined && memory.has(place, 'manifest', digest)) return true;
      if (digest === seen.absent || (!isAskedAnyway && (await isEmpty()))) return false;
      const found = (await resolveAtTarget(target, digest, signal)) !== undefined;
      if (found && place !== undefined) memory.remember(place, 'manifest', digest);
      return found;
    },
    async deliverBlob(blob, open, isForced = false) {
      const { digest } = blob.descriptor;
      if (place === undefined) return isForced ? await forceBlob(blob, open) : await bringBlob(blob, open);
      let beside: RepositoryPlace | undefined;
      // In this very function: between the last landing and our own flight nobody else may begin.
      for (let flight = flightOf(digest); flight !== undefined; flight = flightOf(digest)) {
        await abortable(flight.landing, signal);
        beside = flight.place.repository === place.repository ? undefined : flight.place;
      }
      if (!isForced && memory.has(place, 'blob', digest)) return 'present';
      const outcome = await memory.fly(place, digest, () =>
        isForced ? forceBlob(blob, open) : bringBlob(blob, open, beside),
      );
      memory.remember(place, 'blob', digest);
      return outcome;
    },
    async deliverManifest(manifest) {
      await atSide('target', target.pushManifest(manifest, signal));
    },
    recordManifest({ fetched, manifest }) {
      if (place === undefined) return;
      memory.remember(place, 'manifest', fetched.descriptor.digest);
      memory.rememberCommitted(place, requiredBlobs(manifest));
    },
    forget() {
      emptiness = Promise.resolve(false);
      if (place !== undefined) memory.forget(place);
    },
  };
}

const noMount = Promise.resolve(false);

/** Where the blob can be mounted from, the likeliest first. */
function mountSources(
  { source, target, memory }: DeliveryInit,
  { digest }: Descriptor,
  beside: RepositoryPlace | undefined,
): readonly RepositoryPlace[] {
  const { place } = target;
  if (place === undefined || target.mountBlob === undefined) return [];
  const candidates = [source, memory.holderOf(place, digest), beside].filter((from) => from !== undefined);
  const foreign = candidates.filter((from) => isWithinReach(from, place));
  // Where one mount is refused another is likely to be: the copy of the bytes comes next, not a third try.
  return foreign.slice(0, 1);
}

async function pushBlob(target: Target, blob: Descriptor, open: OpenContent, signal: AbortSignal): Promise<void> {
  const opening = blob.size > readAheadSizeBytesMax ? open : readAhead(open);
  await atSide('target', target.pushBlob(blob, opening, signal));
}

/** Begins to read at once; a second call, after an attempt that failed, reads anew. */
function readAhead(open: OpenContent): OpenContent {
  let ahead: Promise<Uint8Array> | undefined = open().then(readWhole);
  ahead.catch(ignore);
  return async () => {
    const begun = ahead;
    ahead = undefined;
    return begun === undefined ? await open() : streamOf(await begun);
  };
}

function ignore(): void {}
