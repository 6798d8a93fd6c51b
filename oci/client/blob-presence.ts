/** Whether a blob is there. */
import type { Descriptor } from '../spec/descriptor.ts';
import { type Remote, urlBelow } from './remote.ts';
import { throwRefusal } from './wire/refusal.ts';

/** Whether the blob is there. Spec: distribution-spec v1.1.1, "Checking if content exists in the registry". */
export async function hasBlob(remote: Remote, descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
  const asked = { operation: 'find blob', subject: `${remote.name}@${descriptor.digest}` };
  const url = urlBelow(remote, `blobs/${descriptor.digest}`);
  return await remote.exchange.send({ method: 'HEAD', url, asked, scopes: remote.pull, signal }, async (answer) => {
    if (answer.status === 404) return false;
    return answer.status === 200 || (await throwRefusal(answer, asked));
  });
}
