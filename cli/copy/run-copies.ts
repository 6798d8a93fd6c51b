/** Carrying out copies, some at a time, each with an outcome of its own. */
import { copyDefaults } from '../../oci/copy/copy-graph.ts';
import { type CopyMemory, openCopyMemory } from '../../oci/copy/copy-memory.ts';
import { copyToMany } from '../../oci/copy/copy-to-many.ts';
import { openSlots } from '../../oci/copy/slots.ts';
import type { Resolved, Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { CopyProgress } from '../copy-progress.ts';
import type { Shell } from '../shell.ts';

import type { CopyOutcome } from './copy-outcome.ts';
import type { CopyPlan } from './plan-copy.ts';
import { type ReferrerWish, referrersOf } from './referrer-wish.ts';

export interface RunOptions {
  /** Requests at once, all copies together; as many as the registries take when absent. */
  readonly jobs?: number;
  readonly repair: boolean;
  readonly referrers: ReferrerWish;
  /** Nobody was asked meanwhile, so what the plan saw a moment ago need not be asked again. */
  readonly isFresh: boolean;
  readonly progress: CopyProgress;
  /** Told of each outcome as soon as it is known. */
  readonly onOutcome: (outcome: CopyOutcome) => void;
}

/** Images at once: the many small requests at the beginning of one fill the gaps that the long blobs of another leave. */
const imagesAtOnce = 4;

/** What became of each plan; only an interruption is thrown. What several targets lack is read from the source once. */
export async function runCopies(
  shell: Shell,
  plans: readonly CopyPlan<Target>[],
  options: RunOptions,
): Promise<readonly CopyOutcome[]> {
  const slots = openSlots(imagesAtOnce);
  const memory = openCopyMemory(shell.now);
  const images = [...Map.groupBy(plans, ({ root }) => root.digest).values()];
  const jobs = options.jobs ?? copyDefaults.concurrency;
  const concurrency = Math.max(1, Math.floor(jobs / Math.min(imagesAtOnce, images.length || 1)));
  const running = images.map((group) =>
    slots(async () => {
      const outcomes = await runImage(shell, group, { ...options, memory, concurrency });
      for (const outcome of outcomes) options.onOutcome(outcome);
      return outcomes;
    }),
  );
  // All have ended before anything is thrown: the repositories are closed next.
  await Promise.allSettled(running);
  return (await Promise.all(running)).flat();
}

/** One image to all its targets. */
async function runImage(
  shell: Shell,
  plans: readonly CopyPlan<Target>[],
  options: RunOptions & { readonly memory: CopyMemory; readonly concurrency: number },
): Promise<readonly CopyOutcome[]> {
  const { signal } = shell;
  const { memory, concurrency, repair } = options;
  signal.throwIfAborted();
  const [kept, wanted] = [plans.filter(isKept), plans.filter((plan) => !isKept(plan))];
  const [first] = wanted;
  const outcomes = kept.map((plan): CopyOutcome => ({ kind: 'kept', plan }));
  if (first === undefined) return outcomes;
  const startedAt = shell.now();
  const destinations = wanted.map(({ target, tags, present }) => ({
    target: options.isFresh ? rememberedTarget(target, present) : target,
    tags,
  }));
  try {
    const onEvent = options.progress.follow();
    const referrers = referrersOf(options.referrers, wanted);
    const settings = {
      signal,
      memory,
      concurrency,
      repair,
      onEvent,
      ...(referrers === undefined ? {} : { referrers }),
    };
    const brought = await copyToMany(first.source, first.root.digest, destinations, settings);
    const tookMs = shell.now() - startedAt;
    const done = wanted.map((plan, at): CopyOutcome => {
      const outcome = brought[at];
      if (outcome?.kind !== 'copied') return { kind: 'failed', job: plan.job, error: outcome?.cause };
      return { kind: 'done', plan, result: outcome.result, tookMs };
    });
    return [...outcomes, ...done];
  } catch (error) {
    signal.throwIfAborted();
    return [...outcomes, ...wanted.map(({ job }): CopyOutcome => ({ kind: 'failed', job, error }))];
  }
}

/** Whether each of its tags is left as it is. */
function isKept({ job, tags }: CopyPlan): boolean {
  return job.tags.length > 0 && tags.length === 0;
}

/** The target, which is not asked what the plan has just seen. Once only: who asks again wants to know what became of it. */
function rememberedTarget(target: Target, present: ReadonlyMap<Tag | Digest, Resolved | undefined>): Target {
  const answers = new Map(present);
  return {
    ...target,
    resolve: async (tagOrDigest, signal) => {
      const isKnown = answers.has(tagOrDigest);
      const answer = answers.get(tagOrDigest);
      answers.delete(tagOrDigest);
      return isKnown ? answer : await target.resolve(tagOrDigest, signal);
    },
  };
}
