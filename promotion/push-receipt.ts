/** The record of a committed entry, kept in the registry beside what it is about. */
import { historyTag, receiptTag } from '../core/history.ts';
import { formatReceipt, type Receipt } from '../core/receipt.ts';
import type { FetchedManifest } from '../oci/copy/target.ts';
import { digestOf } from '../oci/hash.ts';
import type { Descriptor } from '../oci/spec/descriptor.ts';
import type { Digest } from '../oci/spec/digest.ts';
import { mediaTypes } from '../oci/spec/media-type.ts';
import type { Entry } from './entry.ts';
import type { Lane, ProvedContent } from './lane.ts';

/** Type of a receipt manifest. */
export const receiptArtifactType = 'application/vnd.registry-action.receipt.v1+json';

/** Annotation of a receipt manifest that holds the receipt's text: one request reads it. */
export const receiptAnnotation = 'dev.registry-action.receipt';

const emptyBlob = new TextEncoder().encode('{}');

/** Puts the receipt by its own tag, `<env>-rN-<digest12>.receipt`; its `subject` makes it a referrer as well. Rule: lane-protocol, "10". */
export async function pushReceipt(
  entry: Entry,
  content: ProvedContent,
  lane: Lane,
  signal: AbortSignal,
): Promise<{ readonly receipt: Receipt; readonly digest: Digest }> {
  await lane.onStep('receipt');
  await lane.pen.assertCurrent();
  const receipt = receiptOf(entry, lane.now());
  const manifest = receiptManifest(receipt, content.descriptor);
  const empty = emptyDescriptor();
  if (!(await lane.target.hasBlob(empty, signal))) await lane.target.pushBlob(empty, openEmpty, signal);
  const tag = receiptTag(historyTag(entry.environment, entry.number, entry.digest));
  await lane.target.pushTag(tag, manifest, { signal, command: entry.commandId });
  return { receipt, digest: manifest.descriptor.digest };
}

function receiptOf(entry: Entry, now: number): Receipt {
  return {
    schema: 1,
    app: entry.app,
    environment: entry.environment,
    number: entry.number,
    kind: entry.kind,
    digest: entry.digest,
    commandId: entry.commandId,
    actor: entry.actor,
    at: new Date(now).toISOString(),
    previous: entry.previous,
    ...(entry.version === undefined ? {} : { version: entry.version }),
    ...(entry.from === undefined ? {} : { from: entry.from }),
    ...(entry.planId === undefined ? {} : { planId: entry.planId }),
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    ...(entry.directTags.length === 0 ? {} : { directTags: entry.directTags }),
    ...(entry.holds ? { holds: true } : {}),
  };
}

/** The manifest that carries the receipt. Spec: image-spec v1.1.1, "Guidelines for Artifact Usage". */
function receiptManifest(receipt: Receipt, subject: Descriptor): FetchedManifest {
  const empty = emptyDescriptor();
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: receiptArtifactType,
    config: empty,
    layers: [empty],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations: { [receiptAnnotation]: formatReceipt(receipt), 'org.opencontainers.image.created': receipt.at },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return { bytes, descriptor: { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length } };
}

function emptyDescriptor(): Descriptor {
  return { mediaType: mediaTypes.ociEmpty, digest: digestOf(emptyBlob), size: emptyBlob.length };
}

async function* openEmptyBytes(): AsyncGenerator<Uint8Array> {
  yield emptyBlob;
}

async function openEmpty(): Promise<AsyncGenerator<Uint8Array>> {
  return openEmptyBytes();
}
