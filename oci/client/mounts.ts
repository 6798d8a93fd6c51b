/** Mounting: a blob of another repository made available without moving its bytes. */
import { AccessError, NotFoundError, RegistryError } from '../../errors/errors.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { RepositoryName } from '../spec/repository-name.ts';
import { type Remote, urlBelow } from './remote.ts';
import { repositoryScope } from './sign-in/scope.ts';
import type { WaitingSessions } from './upload/upload-session.ts';
import { resolveLocation } from './wire/redirect.ts';

/**
 * Makes a blob of another repository of the registry available here; false when it must be copied. The session that a
 * registry opens instead of mounting is kept for the push of the blob, so that no request is lost.
 *
 * Spec: distribution-spec v1.1.1, "Mounting a blob from another repository".
 * @throws TransportError alone: any refusal means a copy. Registries refuse for their own reasons, Docker Hub with 400
 * or 401 for a foreign `from`, zot with 405, Harbor with 401.
 */
export async function mountBlob(
  remote: Remote,
  waiting: WaitingSessions,
  descriptor: Descriptor,
  from: RepositoryName,
  signal?: AbortSignal,
): Promise<boolean> {
  const asked = { operation: `mount blob from ${from} to`, subject: `${remote.name}@${descriptor.digest}` };
  const url = urlBelow(remote, 'blobs/uploads/');
  url.search = new URLSearchParams({ mount: descriptor.digest, from }).toString();
  const scopes = [...remote.push, repositoryScope(from, 'pull')];
  try {
    const session = await remote.exchange.send({ method: 'POST', url, asked, scopes, signal }, async (answer) => {
      if (answer.status === 201) return 'mounted';
      return answer.status === 202 ? resolveLocation(answer, asked) : 'refused';
    });
    if (session instanceof URL) await waiting.keep(remote, descriptor.digest, session);
    return session === 'mounted';
  } catch (error) {
    if (error instanceof AccessError || error instanceof RegistryError || error instanceof NotFoundError) return false;
    throw error;
  }
}
