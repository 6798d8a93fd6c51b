/** Reading the blobs of one repository. Writing them: upload/uploads.ts. */
import type { ByteStream } from '../copy/target.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { verifiedStream } from '../verified-stream.ts';
import { fetchBlobWhole } from './blob-part.ts';
import type { Remote } from './remote.ts';
import { resumedBlob } from './resumed-blob.ts';

/**
 * The blob's bytes, verified while they are read, and resumed where they break off. The signal ends the reading too. The
 * caller reads to the end or ends the iteration, else a connection stays open until the signal aborts.
 *
 * Spec: distribution-spec v1.1.1, "Pulling blobs".
 * @throws NotFoundError BLOB_UNKNOWN; the iteration throws IntegrityError DIGEST_MISMATCH, or TransportError when the
 * registry breaks off.
 */
export async function fetchBlob(remote: Remote, descriptor: Descriptor, signal?: AbortSignal): Promise<ByteStream> {
  const first = await fetchBlobWhole(remote, descriptor, signal);
  return verifiedStream(resumedBlob(remote, descriptor, first, signal), descriptor, remote.name);
}
