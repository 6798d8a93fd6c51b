/** `copy SOURCE TARGET…`: copies images between any repositories, by digest, their tags last. */
import { NotFoundError } from '../errors/errors.ts';
import type { Target } from '../oci/copy/target.ts';
import type { NamedPlaces } from './copy/copy-job.ts';
import { type CopyOutcome, exitCodeOfOutcomes } from './copy/copy-outcome.ts';
import { type CopyRequest, readRequest, type WantedFlags } from './copy/copy-request.ts';
import { planCopies } from './copy/plan-copies.ts';
import { type CopyPlan, movesOf, withoutMoves } from './copy/plan-copy.ts';
import type { ReferrerWish } from './copy/referrer-wish.ts';
import { settledOutcome } from './copy/settled-outcome.ts';
import { type TellOptions, tellOutcome, tellPlatforms, tellSum } from './copy/tell-copy.ts';
import { dataDirectoryOf } from './data-directory.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { Location } from './location.ts';
import { localCredentials } from './registry-credentials.ts';
import { openRepositories, type Repositories, type SidedRegistryFlags } from './repositories.ts';
import type { Shell } from './shell.ts';

export interface CopyFlags extends SidedRegistryFlags, WantedFlags {
  /** Requests at once. */
  readonly jobs?: number;
  /** False: a tag that names something else is left as it is. */
  readonly clobber: boolean;
  readonly repair: boolean;
  /** Undefined: taken along where they can be. */
  readonly referrers?: boolean;
  readonly waitReferrers: number;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Copies, telling of each target on a line of its own; a tag that names something else is moved only after a yes. */
export async function copy(shell: Shell, named: NamedPlaces, flags: CopyFlags): Promise<ExitCode> {
  const request = readRequest(shell, named, flags);
  const repositories = await openRepositories(shell, localCredentials(shell, dataDirectoryOf(shell, flags)), flags);
  try {
    return await copyWith(shell, await bounded(repositories, flags.jobs), request, flags);
  } finally {
    await repositories.close();
  }
}

/** The same repositories, of which none is asked more at once. */
async function bounded(repositories: Repositories, jobs: number | undefined): Promise<Repositories> {
  if (jobs === undefined) return repositories;
  const { boundRepositories } = await import('../oci/copy/bounded-repositories.ts');
  const bounds = boundRepositories(jobs);
  return {
    ...repositories,
    openSource: async (location) => bounds.source(await repositories.openSource(location)),
    openTarget: async (location) => bounds.target(await repositories.openTarget(location)),
  };
}

async function copyWith(
  shell: Shell,
  repositories: Repositories,
  request: CopyRequest,
  flags: CopyFlags,
): Promise<ExitCode> {
  const { platforms, isMany } = request;
  const jobs = await request.listJobs(repositories);
  const { json, quiet } = flags;
  const telling = { json, quiet, platforms, isMany, isSingle: jobs.length === 1, referrers: wishOf(flags) };
  const parts = {
    openSource: repositories.openSource,
    rootOptions: { platforms, isRead: !isMany && !flags.dryRun },
    isWriting: !flags.dryRun,
    signal: shell.signal,
  };
  const applyClobber = <Into extends Target | undefined>(plan: CopyPlan<Into>) =>
    flags.clobber ? plan : withoutMoves(plan);
  if (flags.dryRun) {
    const openTarget = (location: Location) => openForLooking(repositories, location);
    const { plans, failures } = await lookAtAll(shell, jobs.length, telling, () =>
      planCopies(jobs, { ...parts, openTarget }),
    );
    assertSource(failures, jobs.length, telling);
    for (const plan of plans) tellPlatforms(shell, plan, telling);
    const { tellPlans } = await import('./copy/tell-plans.ts');
    await tellPlans(shell, plans.map(applyClobber), telling);
    return tellFailures(shell, plans.length, failures, telling);
  }
  const planned = await lookAtAll(shell, jobs.length, telling, () =>
    loadingMeanwhile(planCopies(jobs, { ...parts, openTarget: repositories.openTarget })),
  );
  assertSource(planned.failures, jobs.length, telling);
  const plans = planned.plans.map(applyClobber);
  const [first] = plans;
  if (first !== undefined && !isMany) tellPlatforms(shell, first, telling);
  const isMoving = plans.some((plan) => movesOf(plan).length > 0);
  if (isMoving && !flags.yes && !(await isAgreed(shell, plans))) return exitCodes.cancelled;
  const isFresh = !isMany && (flags.yes || !isMoving);
  const settled = isFresh ? plans.flatMap((plan) => settledOutcome(plan, flags.repair, telling.referrers) ?? []) : [];
  for (const outcome of [...planned.failures, ...settled]) tellOutcome(shell, outcome, telling);
  const left = plans.filter((plan) => !settled.some((outcome) => outcome.plan === plan));
  const outcomes = left.length === 0 ? [] : await runLeft(shell, left, { flags, telling, isFresh });
  const all = [...planned.failures, ...settled, ...outcomes];
  tellSum(shell, all, telling);
  return exitCodeOfOutcomes(all, telling.referrers);
}

async function isAgreed(shell: Shell, plans: readonly CopyPlan[]): Promise<boolean> {
  const { agreeToMoves } = await import('./copy/agree-to-moves.ts');
  return await agreeToMoves(shell, plans);
}

/**
 * How long registries may take to answer before what copies is loaded. Those next door have answered by then: of this time
 * the first request of a process takes half to be made.
 */
const loadAfterMs = 40;

/** Passes on what the look finds. While far registries are waited for, what a copy takes is loaded. */
async function loadingMeanwhile<Result>(looking: Promise<Result>): Promise<Result> {
  const patience = setTimeout(() => void loadRun().catch(() => undefined), loadAfterMs);
  try {
    return await looking;
  } finally {
    clearTimeout(patience);
  }
}

/** What copies, loaded only when it is needed: most copies that are repeated end without it. */
async function loadRun() {
  return (await import('./copy/run-plans.ts')).runPlans;
}

async function runLeft(
  shell: Shell,
  plans: readonly CopyPlan<Target>[],
  how: { readonly flags: CopyFlags; readonly telling: TellOptions; readonly isFresh: boolean },
): Promise<readonly CopyOutcome[]> {
  const runPlans = await loadRun();
  const { flags, ...others } = how;
  return await runPlans(shell, plans, { ...others, jobs: flags.jobs, repair: flags.repair });
}

/** Many tags take a while to be looked at, one image does not. */
async function lookAtAll<Result>(
  shell: Shell,
  tags: number,
  { isMany, quiet }: TellOptions,
  look: () => Promise<Result>,
): Promise<Result> {
  if (!isMany || quiet) return await look();
  const { openProgress } = await import('./progress.ts');
  const progress = openProgress(shell.stderr, shell.now);
  progress.show({ label: `looking at ${tags} tags`, bytesDone: 0, bytesTotal: 0 });
  try {
    return await look();
  } finally {
    progress.close();
  }
}

/** What is wrong with the source is wrong for every target, and told once; in JSON each target has its object. */
function assertSource(failures: readonly CopyOutcome[], jobs: number, { json }: TellOptions): void {
  const errors = new Set(failures.map((failure) => (failure.kind === 'failed' ? failure.error : undefined)));
  const [error] = errors;
  if (!json && failures.length === jobs && errors.size === 1) throw error;
}

/** Who asks for them, or waits for them, wants to know when they are not there. */
function wishOf({ referrers, waitReferrers }: CopyFlags): ReferrerWish {
  const mode = referrers === false ? 'none' : referrers || waitReferrers > 0 ? 'demanded' : 'taken along';
  return { mode, waitMs: waitReferrers };
}

/** A dry run leaves no layout behind where there was none. */
async function openForLooking(repositories: Repositories, location: Location): Promise<Target | undefined> {
  if (location.kind === 'registry') return await repositories.openTarget(location);
  try {
    return await repositories.openSource(location);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function tellFailures(shell: Shell, planned: number, failures: readonly CopyOutcome[], telling: TellOptions): ExitCode {
  for (const failure of failures) tellOutcome(shell, failure, telling);
  if (failures.length > 0 && planned > 0) return exitCodes.partial;
  return exitCodeOfOutcomes(failures, telling.referrers);
}
