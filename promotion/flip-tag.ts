/**
 * Moving a tag on a registry that has no compare-and-swap.
 *
 * What makes it sound is not the write but what is written down before: an intent per attempt, retired only by a
 * definite answer under the current token. A write that lands late is found by its open intent and repaired by the
 * lane's next worker. The registry's own fence, where it has one, keeps such a write from landing at all.
 */
import { CodedError, RegistryError, TransportError } from '../errors/errors.ts';
import type { Tag } from '../oci/spec/tag.ts';
import type { Lane, ProvedContent } from './lane.ts';

/** Writes of one flip; after them the command is put off and tried again as a whole. */
const flipAttemptsMax = 3;

/** Which tag, and for which command; undefined when it is put right for none. */
export interface TagFlip {
  readonly tag: Tag;
  readonly commandId: string | undefined;
}

/**
 * Points the tag at the content. The write is never left out because the tag "is already there": an older write
 * may still be on its way. Rules: lane-protocol, "7" and "8".
 *
 * @throws TransportError, or RegistryError with a 5xx status, when no attempt got a definite answer.
 */
export async function flipTag(flip: TagFlip, content: ProvedContent, lane: Lane, signal: AbortSignal): Promise<void> {
  const { tag } = flip;
  for (let attempt = 1; ; attempt++) {
    await lane.onStep('intent');
    const attemptId = await lane.pen.openIntent(tag, content.descriptor.digest);
    await lane.onStep('environment-tag');
    const refusal = await pushOnce(flip, content, lane, signal);
    if (refusal === undefined || isDefinite(refusal)) {
      await lane.onStep('retire');
      await lane.pen.retireIntent(attemptId);
    }
    if (refusal === undefined) return;
    if (isDefinite(refusal) || signal.aborted || attempt >= flipAttemptsMax) throw refusal;
  }
}

async function pushOnce(
  { tag, commandId }: TagFlip,
  content: ProvedContent,
  lane: Lane,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    const command = commandId === undefined ? {} : { command: commandId };
    await lane.target.pushTag(tag, content, { signal, fence: lane.pen.fence, ...command });
    return undefined;
  } catch (error) {
    return error ?? new TransportError({ code: 'REGISTRY_UNREACHABLE', message: `no answer for ${tag}` });
  }
}

/** Whether the answer tells that the write did not happen and never will; so does a connection that never stood. */
function isDefinite(error: unknown): boolean {
  if (error instanceof TransportError) return error.fields['reached'] === false;
  if (error instanceof RegistryError) return error.status < 500;
  return error instanceof CodedError;
}
