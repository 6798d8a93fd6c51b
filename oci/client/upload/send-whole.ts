/** A blob sent in one request, or in one and an empty one after it. */
import { brokenAnswer } from '../wire/refusal.ts';
import { isTaken, type Outcome, readUploadRefusal } from './outcome.ts';
import { commitUpload, type Part, readOffset, sendPart, type Transfer } from './transfer.ts';
import { moveSession } from './upload-session.ts';

/** All bytes of a blob, in memory or as a stream. */
export type Whole = Pick<Part, 'body' | 'signal'>;

/** All bytes in one PUT. Spec: distribution-spec v1.1.1, "POST then PUT". */
export async function sendInPut(transfer: Transfer, { body, signal }: Whole): Promise<Outcome> {
  return await commitUpload(transfer, { sizeBytes: transfer.descriptor.size, body, signal });
}

/**
 * All bytes in one PATCH, then an empty PUT: what Docker's pushes consist of, so that every registry knows it, save
 * that the length is told. Without a range, which GHCR takes for a chunk and limits to 4 MiB.
 *
 * Spec: distribution-spec v1.1.1, "Pushing a blob in chunks".
 */
export async function sendInPatch(transfer: Transfer, { body, signal }: Whole): Promise<Outcome> {
  const { remote, strategy, descriptor, asked, session, attempt } = transfer;
  const { timing } = remote.exchange;
  const part = { sizeBytes: descriptor.size, body, signal };
  const refused = await sendPart<Outcome | undefined>(transfer, 'PATCH', session.url, part, async (answer) => {
    if (!isTaken(answer)) return await readUploadRefusal(answer, asked, { timing, attempt, mayBeStored: false });
    moveSession(session, answer, asked);
    const offset = strategy.believesRanges() ? readOffset(answer) : undefined;
    if (offset === undefined || offset === descriptor.size || descriptor.size === 1) return undefined;
    // Whoever takes only the beginning may take the rest in further chunks.
    const error = brokenAnswer(answer, asked, `it has ${offset} of ${descriptor.size} bytes that it took`);
    return { kind: 'refused', status: 413, error };
  });
  return refused ?? (await commitUpload(transfer, { sizeBytes: 0, signal }));
}
