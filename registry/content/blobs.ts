/** Blobs of a repository. */
import type { Digest } from '../../oci/spec/digest.ts';
import { type Answer, emptyAnswer, refusal } from '../http/answer.ts';
import { parseByteRange } from '../http/byte-range.ts';
import type { Exchange, Operations } from '../http/exchange.ts';
import type { BlobRoute } from '../http/route.ts';
import type { OpenBlob } from '../storage.ts';
import { reportTags } from '../tags/report-tags.ts';
import { tagAuthor } from '../tags/tag-author.ts';
import { breakGlassInvalid, tagRefusal } from '../tags/tag-refusal.ts';

/** What `/v2/<name>/blobs/<digest>` answers. */
export function blobOperations(route: BlobRoute): Operations {
  return {
    GET: { verb: 'pull', answer: (exchange) => readBlob(route, exchange) },
    HEAD: { verb: 'pull', answer: (exchange) => headBlob(route, exchange) },
    DELETE: { verb: 'delete', answer: (exchange) => deleteBlob(route, exchange) },
  };
}

/** Spec: distribution-spec v1.1.1, "Pulling blobs". */
async function readBlob({ repository, digest }: BlobRoute, { storage, headers }: Exchange): Promise<Answer> {
  const blob = await storage.openBlob(repository, digest);
  if (blob === undefined) return blobUnknown(digest);
  const range = parseByteRange(headers.range, blob.sizeBytes);
  switch (range.kind) {
    case 'whole':
      return streamAnswer(200, blob, digest, { start: 0, end: blob.sizeBytes - 1 });
    case 'part':
      return streamAnswer(206, blob, digest, range);
    case 'unsatisfiable':
      await blob.close();
      return refusal(416, 'RANGE_INVALID', 'the blob has no such bytes', {
        headers: { 'content-range': `bytes */${blob.sizeBytes}` },
      });
  }
}

/** Spec: distribution-spec v1.1.1, "Checking if content exists in the registry". */
async function headBlob({ repository, digest }: BlobRoute, { storage }: Exchange): Promise<Answer> {
  const sizeBytes = await storage.blobSizeBytes(repository, digest);
  if (sizeBytes === undefined) return blobUnknown(digest);
  return { status: 200, headers: { ...blobHeaders(digest), 'content-length': String(sizeBytes) } };
}

/** Who may not delete a tag may not take from it what it needs either. Spec: distribution-spec v1.1.1, "Deleting Blobs". */
async function deleteBlob({ repository, digest }: BlobRoute, exchange: Exchange): Promise<Answer> {
  const { storage, actor, onEvent } = exchange;
  const author = tagAuthor(exchange, { repository, how: 'content-delete' });
  if ('kind' in author) return breakGlassInvalid(author.why);
  const outcome = await storage.deleteBlob(repository, digest, author);
  if (outcome.kind === 'absent') return blobUnknown(digest);
  if (outcome.kind === 'refused') return tagRefusal(outcome);
  onEvent({ kind: 'blob-deleted', content: { repository, digest, actor: actor.name } });
  reportTags(onEvent, repository, outcome.changed);
  return emptyAnswer(202);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

async function streamAnswer(status: 200 | 206, blob: OpenBlob, digest: Digest, { start, end }: Span): Promise<Answer> {
  const range = status === 206 ? { 'content-range': `bytes ${start}-${end}/${blob.sizeBytes}` } : {};
  const headers = { ...blobHeaders(digest), ...range };
  if (blob.sizeBytes > 0)
    return { status, headers, body: { stream: blob.chunks(start, end), sizeBytes: end - start + 1 } };
  await blob.close();
  return emptyAnswer(status, headers);
}

/** Whatever a blob is, it goes out as bytes: a browser must not show an image layer as a page. */
function blobHeaders(digest: Digest): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  };
}

function blobUnknown(digest: Digest): Answer {
  return refusal(404, 'BLOB_UNKNOWN', 'blob unknown', { detail: { digest } });
}
