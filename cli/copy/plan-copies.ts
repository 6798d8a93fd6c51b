/** Looking at both sides of every copy before any of them begins. */
import { openSlots } from '../../oci/copy/slots.ts';
import type { Target } from '../../oci/copy/target.ts';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { formatRepository, type Location } from '../location.ts';
import type { CopyJob } from './copy-job.ts';
import type { CopyOutcome } from './copy-outcome.ts';
import {
  type CopyPlan,
  type CopyRoot,
  namedLikeRoot,
  type RootOptions,
  readRoot,
  readTags,
  rootThere,
} from './plan-copy.ts';

export interface PlanParts<Into extends Target | undefined> {
  openSource(location: Location): Promise<Target>;
  openTarget(location: Location): Promise<Into>;
  readonly rootOptions: RootOptions;
  /** Targets will be written to. */
  readonly isWriting: boolean;
  readonly signal: AbortSignal;
}

/** Copies that can begin, and those that cannot. */
export interface PlannedCopies<Into extends Target | undefined> {
  readonly plans: readonly CopyPlan<Into>[];
  readonly failures: readonly Extract<CopyOutcome, { readonly kind: 'failed' }>[];
}

/** Copies looked at at once: enough to hide the way there, few enough for a registry's limits. */
const plannedAtOnce = 8;

/**
 * The plans, in the order of the jobs. What fails for one target does not hold up the others; only an interruption is
 * thrown.
 */
export async function planCopies<Into extends Target | undefined>(
  jobs: readonly CopyJob[],
  parts: PlanParts<Into>,
): Promise<PlannedCopies<Into>> {
  const slots = openSlots(plannedAtOnce);
  const roots = new Map<Tag | Digest, Promise<CopyRoot>>();
  const rootOf = (job: CopyJob) => {
    const root = roots.get(job.wanted) ?? openRoot(job, parts);
    roots.set(job.wanted, root);
    // It may fail while nobody waits for it yet, because the target is still being opened.
    root.catch(() => undefined);
    return root;
  };
  const settled = await Promise.allSettled(jobs.map((job) => slots(() => planCopy(job, () => rootOf(job), parts))));
  parts.signal.throwIfAborted();
  const plans = settled.flatMap((plan) => (plan.status === 'fulfilled' ? [plan.value] : []));
  const failures = jobs.flatMap((job, at) => {
    const plan = settled[at];
    return plan?.status === 'rejected' ? [{ kind: 'failed' as const, job, error: plan.reason as unknown }] : [];
  });
  // What one target made us read is known to the plans for the others.
  const known = plans.map(async (plan) => ({ ...plan, ...(await roots.get(plan.job.wanted)?.catch(() => undefined)) }));
  return { plans: joined(await Promise.all(known)), failures };
}

/** Tags that name the same content are one copy into the same repository. */
function joined<Into extends Target | undefined>(plans: readonly CopyPlan<Into>[]): readonly CopyPlan<Into>[] {
  const byPlace = Map.groupBy(plans, ({ job, root }) => `${formatRepository(job.target)}@${root.digest}`);
  return [...byPlace.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const tags = [...new Set(group.flatMap((plan) => plan.tags))];
    const present = new Map(group.flatMap((plan) => [...plan.present]));
    return [{ ...first, job: { ...first.job, tags }, tags, present }];
  });
}

async function openRoot<Into extends Target | undefined>(job: CopyJob, parts: PlanParts<Into>): Promise<CopyRoot> {
  const source = await parts.openSource(job.source);
  return await readRoot(source, job, parts.rootOptions, parts.signal);
}

/**
 * Both sides at once: that the source is slow to answer is no reason to ask the target later. But of a digest the source
 * need not be asked when the target has it already, so the target is asked first.
 */
async function planCopy<Into extends Target | undefined>(
  job: CopyJob,
  readRoot: () => Promise<CopyRoot>,
  parts: PlanParts<Into>,
): Promise<CopyPlan<Into>> {
  const { wanted } = job;
  const isPinned = isDigest(wanted) && job.target.kind === 'registry' && parts.rootOptions.platforms.length === 0;
  const reading = isPinned ? undefined : readRoot();
  const target = await openOnceFound(job, reading, parts);
  if (parts.isWriting) target?.expectWrites?.();
  const names = isPinned && job.tags.length === 0 ? [wanted] : job.tags;
  const looking = readTags(target, names, parts.signal);
  const there = isPinned ? rootThere(wanted, await looking) : undefined;
  if (there !== undefined) {
    const source = await parts.openSource(job.source);
    return {
      source,
      root: there,
      whole: there,
      attestationsLeftOut: 0,
      job,
      target,
      present: await looking,
      tags: job.tags,
    };
  }
  const [root, named] = await Promise.all([reading ?? readRoot(), looking]);
  const present = await namedLikeRoot(root, named, parts.signal);
  return { ...root, job, target, present, tags: job.tags };
}

/** A layout is made when it is opened, so not before it is known that there is something to copy. */
async function openOnceFound<Into extends Target | undefined>(
  job: CopyJob,
  reading: Promise<CopyRoot> | undefined,
  parts: PlanParts<Into>,
): Promise<Into> {
  if (job.target.kind === 'layout') await reading;
  return await parts.openTarget(job.target);
}
