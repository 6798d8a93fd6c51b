/** Reading receipts back from the registry. */
import { type HistoryEntry, receiptTag } from '../core/history.ts';
import { parseReceipt, type Receipt } from '../core/receipt.ts';
import { IntegrityError } from '../errors/errors.ts';
import type { Source } from '../oci/copy/target.ts';
import type { Digest } from '../oci/spec/digest.ts';
import { parseManifest } from '../oci/spec/manifest.ts';
import { receiptAnnotation } from './push-receipt.ts';

/** A receipt as it was read. */
export interface FetchedReceipt {
  readonly receipt: Receipt;
  /** Digest of the receipt's manifest: what the next receipt names as its previous. */
  readonly digest: Digest;
}

/**
 * The receipt of a history entry. One request.
 * @throws NotFoundError MANIFEST_UNKNOWN when the entry has none; IntegrityError RECEIPT_INVALID when it is not ours.
 */
export async function fetchReceipt(source: Source, entry: HistoryEntry, signal?: AbortSignal): Promise<FetchedReceipt> {
  const tag = receiptTag(entry.tag);
  const { bytes, descriptor } = await source.fetchManifest(tag, signal);
  const text = parseManifest(bytes, descriptor.mediaType).annotations?.[receiptAnnotation];
  const where = `${source.name}:${tag}`;
  if (text === undefined) throw new IntegrityError({ code: 'RECEIPT_INVALID', message: `not a receipt: ${where}` });
  const receipt = parseReceipt(text, where);
  if (receipt.number !== entry.number || !receipt.digest.includes(entry.digest12)) {
    throw new IntegrityError({ code: 'RECEIPT_INVALID', message: `receipt is of another entry: ${where}` });
  }
  return { receipt, digest: descriptor.digest };
}
