/** Mounting: a blob of another repository made available without moving its bytes. */
import { AccessError, NotFoundError, RegistryError, TransportError } from '../../errors/errors.ts';
import type { RepositoryPlace } from '../copy/target.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { MountMemory, MountOutcome } from './mount-memory.ts';
import { type Remote, urlBelow } from './remote.ts';
import { repositoryScope } from './sign-in/scope.ts';
import {
  cancelIfAborted,
  openingMsMax,
  readSession,
  type UploadSession,
  type WaitingSessions,
} from './upload/upload-session.ts';
import type { Answer } from './wire/answer.ts';
import { type Asked, isPassingStatus, type Refusal, readRefusal } from './wire/refusal.ts';

/**
 * Makes a blob of another repository of the registry, or of its family, available here; false when it must be copied. The session that a
 * registry opens instead of mounting is kept for the push of the blob, so that no request is lost; it is ended when the
 * blob turns out to be there, and when the signal says that nothing more is to come. What was refused is not asked for
 * again, for a while.
 *
 * Spec: distribution-spec v1.1.1, "Mounting a blob from another repository".
 * @throws TransportError alone: any refusal means a copy. Registries refuse for their own reasons, Docker Hub with 400
 * or 401 for a foreign `from`, Harbor with 401 for a project that is not there.
 */
export async function mountBlob(
  remote: Remote,
  { waiting, mounts }: { readonly waiting: WaitingSessions; readonly mounts: MountMemory },
  descriptor: Descriptor,
  from: RepositoryPlace,
  signal?: AbortSignal,
): Promise<boolean> {
  const { repository } = from;
  const origin = originOf(remote, from);
  const source = origin === undefined ? repository : `${origin}/${repository}`;
  if (!mounts.mayMount(source, remote.repository)) return false;
  const asked = { operation: `mount blob from ${source} to`, subject: `${remote.name}@${descriptor.digest}` };
  const url = urlBelow(remote, 'blobs/uploads/');
  const query = { mount: descriptor.digest, from: repository, ...(origin === undefined ? {} : { origin }) };
  url.search = new URLSearchParams(query).toString();
  // No token of this registry speaks of a repository of another.
  const scopes = origin === undefined ? [...remote.push, repositoryScope(repository, 'pull')] : remote.push;
  try {
    const mounted = await remote.exchange.send(
      { method: 'POST', url, asked, scopes, signal, finishMs: openingMsMax },
      (answer) => readMount(answer, asked),
    );
    if (mounted === 'mounted') return true;
    if ('url' in mounted) await waiting.keep(remote, descriptor.digest, mounted, signal);
    else mounts.refused(source, remote.repository, mounted.status);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    mounts.refused(source, remote.repository, statusOf(error));
  }
  return false;
}

/**
 * The host of the other registry, as Google's have it among themselves; undefined for a repository of this one.
 * https://github.com/google/go-containerregistry/issues/1321
 */
function originOf({ exchange }: Remote, { registry }: RepositoryPlace): string | undefined {
  return registry === exchange.endpoint.url.origin ? undefined : new URL(registry).host;
}

/**
 * Begins an upload, asking for the blob by its digest alone on the way where that is known to work, or may be learnt;
 * undefined when it is the ordinary POST that must come next.
 *
 * Spec: distribution-spec v1.1.1, "Mounting a blob from another repository".
 */
export async function mountAnonymously(
  remote: Remote,
  memory: MountMemory,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<'mounted' | UploadSession | undefined> {
  if (!memory.beginAnonymousMount(descriptor.size)) return undefined;
  const asked = { operation: 'mount blob to', subject: `${remote.name}@${descriptor.digest}` };
  const url = urlBelow(remote, 'blobs/uploads/');
  url.search = new URLSearchParams({ mount: descriptor.digest }).toString();
  try {
    // Once: where it is a mistake, some answer it with 5xx, and the ordinary POST is repeated as usual.
    const mounted = await remote.exchange.send(
      { method: 'POST', url, asked, scopes: remote.push, attempts: 'once', signal, finishMs: openingMsMax },
      (answer) => readMount(answer, asked),
    );
    memory.endAnonymousMount(outcomeOf(mounted));
    if (mounted === 'mounted') return mounted;
    if (!('url' in mounted)) return undefined;
    await cancelIfAborted(remote, mounted, signal);
    return mounted;
  } catch (error) {
    memory.endAnonymousMount(isRefusal(error) ? 'refused' : 'unanswered');
    if (isRefusal(error) || (error instanceof TransportError && !signal?.aborted)) return undefined;
    throw error;
  }
}

async function readMount(answer: Answer, asked: Asked): Promise<'mounted' | UploadSession | Refusal> {
  if (answer.status === 201) return 'mounted';
  return answer.status === 202 ? readSession(answer, asked) : await readRefusal(answer);
}

function outcomeOf(mounted: 'mounted' | UploadSession | Refusal): MountOutcome {
  if (mounted === 'mounted') return mounted;
  if ('url' in mounted) return 'session';
  // What is busy has not refused; a 500 is what some answer to a query they do not expect.
  return isPassingStatus(mounted.status) && mounted.status !== 500 ? 'unanswered' : 'refused';
}

function isRefusal(error: unknown): error is AccessError | RegistryError | NotFoundError {
  return error instanceof AccessError || error instanceof RegistryError || error instanceof NotFoundError;
}

function statusOf(error: AccessError | RegistryError | NotFoundError): number {
  return Number(error.fields['status'] ?? 0);
}
