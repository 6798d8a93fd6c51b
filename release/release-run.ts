/** One release while it runs: what was asked for, and what every step works with. */
import { exactTag, readExactTag } from '../core/version.ts';
import { InputError } from '../errors/errors.ts';
import { systemTiming } from '../oci/client/wire/timing.ts';
import { type CopyMemory, openCopyMemory } from '../oci/copy/copy-memory.ts';
import type { Tag } from '../oci/spec/tag.ts';
import type { ReleaseEvent } from './release-event.ts';
import type { ReleaseWarning } from './release-outcome.ts';
import type { ReleaseOptions, ReleaseParts } from './release-parts.ts';
import type { ReleaseRequest } from './release-request.ts';

export interface ReleaseRun {
  readonly request: ReleaseRequest;
  readonly parts: ReleaseParts;
  /** The tag that spells the version; undefined for an image that is none. */
  readonly exact: Tag | undefined;
  readonly timing: NonNullable<ReleaseParts['timing']>;
  /** What was seen of the registries so far. */
  readonly memory: CopyMemory;
  readonly signal: AbortSignal;
  readonly emit: (event: ReleaseEvent) => void;
  /** Keeps a warning for the outcome; one that was said before is not repeated. */
  readonly warn: (code: string, message: string) => void;
  readonly warnings: readonly ReleaseWarning[];
  /** Takes what has to have ended before the release does, and never rejects. */
  readonly later: (work: Promise<void>) => void;
  /** Resolves when all of that has ended. */
  readonly settle: () => Promise<void>;
}

/**
 * A release of which nothing is done yet.
 * @throws InputError VERSION_INVALID when the naming cannot spell the version; TAG_INVALID for a tag that is to be moved
 * though it spells a version: such a tag is written once.
 */
export function openRun(request: ReleaseRequest, parts: ReleaseParts, options: ReleaseOptions): ReleaseRun {
  const { timing = systemTiming } = parts;
  const { signal = new AbortController().signal, onEvent } = options;
  const warnings: ReleaseWarning[] = [];
  const unsettled: Promise<void>[] = [];
  return {
    request,
    parts,
    exact: readExact(request),
    timing,
    memory: openCopyMemory(timing.now),
    signal,
    emit: onEvent ?? ignore,
    warn(code, message) {
      if (!warnings.some((one) => one.code === code && one.message === message)) warnings.push({ code, message });
    },
    warnings,
    later(work) {
      unsettled.push(work);
    },
    async settle() {
      await Promise.all(unsettled);
    },
  };
}

function readExact({ subject, policy }: ReleaseRequest): Tag | undefined {
  const { naming } = policy.ladder;
  const exact = subject.kind === 'version' ? exactTag(subject.version, naming) : undefined;
  const moving = subject.kind === 'version' ? subject.extraTags : subject.tags;
  const written = moving.find((tag) => tag !== exact && readExactTag(tag, naming) !== undefined);
  if (written === undefined) return exact;
  throw new InputError({
    code: 'TAG_INVALID',
    message: `a tag that spells a version is not moved: ${written}`,
    wayOut: 'release it as a version, or give the image another tag',
  });
}

function ignore(): void {}
