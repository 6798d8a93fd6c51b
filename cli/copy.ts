/** `copy SOURCE TARGET…`: copies images between any repositories, by digest, their tags last. */
import { NotFoundError } from '../errors/errors.ts';
import type { Target } from '../oci/copy/target.ts';
import { agreeToMoves } from './copy/agree-to-moves.ts';
import type { NamedPlaces } from './copy/copy-job.ts';
import { type CopyOutcome, exitCodeOfOutcomes } from './copy/copy-outcome.ts';
import { type CopyRequest, readRequest, type WantedFlags } from './copy/copy-request.ts';
import { planCopies } from './copy/plan-copies.ts';
import { type CopyPlan, movesOf, withoutMoves } from './copy/plan-copy.ts';
import type { ReferrerWish } from './copy/referrer-wish.ts';
import { runCopies } from './copy/run-copies.ts';
import { type TellOptions, tellOutcome, tellPlatforms, tellSum } from './copy/tell-copy.ts';
import { tellPlans } from './copy/tell-plans.ts';
import { copyProgress, noProgress } from './copy-progress.ts';
import { dataDirectoryOf } from './data-directory.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { Location } from './location.ts';
import { openProgress } from './progress.ts';
import { localCredentials } from './registry-credentials.ts';
import { formatDigest } from './render/digest.ts';
import { openRepositories, type Repositories, type SidedRegistryFlags } from './repositories.ts';
import type { Shell } from './shell.ts';

export interface CopyFlags extends SidedRegistryFlags, WantedFlags {
  readonly data?: string;
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
    return await copyWith(shell, repositories, request, flags);
  } finally {
    await repositories.close();
  }
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
    await tellPlans(shell, plans.map(applyClobber), telling);
    return tellFailures(shell, plans.length, failures, telling);
  }
  const planned = await lookAtAll(shell, jobs.length, telling, () =>
    planCopies(jobs, { ...parts, openTarget: repositories.openTarget }),
  );
  assertSource(planned.failures, jobs.length, telling);
  const plans = planned.plans.map(applyClobber);
  const [first] = plans;
  if (first !== undefined && !isMany) tellPlatforms(shell, first, telling);
  const isMoving = plans.some((plan) => movesOf(plan).length > 0);
  if (!flags.yes && !(await agreeToMoves(shell, plans))) return exitCodes.cancelled;
  for (const failure of planned.failures) tellOutcome(shell, failure, telling);
  const isFresh = !isMany && (flags.yes || !isMoving);
  const outcomes = await runPlans(shell, plans, { flags, telling, isFresh });
  const all = [...planned.failures, ...outcomes];
  tellSum(shell, all, telling);
  return exitCodeOfOutcomes(all, telling.referrers);
}

/** Many tags take a while to be looked at, one image does not. */
async function lookAtAll<Result>(
  shell: Shell,
  tags: number,
  { isMany, quiet }: TellOptions,
  look: () => Promise<Result>,
): Promise<Result> {
  const progress = openProgress(shell.stderr, shell.now);
  if (isMany && !quiet) progress.show({ label: `looking at ${tags} tags`, bytesDone: 0, bytesTotal: 0 });
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

async function runPlans(
  shell: Shell,
  plans: readonly CopyPlan<Target>[],
  how: { readonly flags: CopyFlags; readonly telling: TellOptions; readonly isFresh: boolean },
): Promise<readonly CopyOutcome[]> {
  const { flags, telling } = how;
  const progress = flags.quiet ? noProgress : copyProgress(shell, labelOf(plans));
  try {
    return await runCopies(shell, plans, {
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
      repair: flags.repair,
      referrers: telling.referrers,
      isFresh: how.isFresh,
      progress,
      onOutcome: (outcome) => {
        progress.close();
        tellOutcome(shell, outcome, telling);
      },
    });
  } catch (error) {
    progress.close();
    if (shell.signal.aborted && !flags.quiet) {
      shell.stderr.write('stopped: no tag names anything incomplete; the same command goes on where this one ended\n');
    }
    throw error;
  } finally {
    progress.close();
  }
}

function labelOf(plans: readonly CopyPlan[]): string {
  const [first] = plans;
  const digests = new Set(plans.map(({ root }) => root.digest));
  if (digests.size > 1) return `copying ${plans.reduce((count, { tags }) => count + tags.length, 0)} tags`;
  const targets = plans.length > 1 ? ` to ${plans.length} repositories` : '';
  return `copying ${formatDigest(first?.root.digest)}${targets}`;
}

function tellFailures(shell: Shell, planned: number, failures: readonly CopyOutcome[], telling: TellOptions): ExitCode {
  for (const failure of failures) tellOutcome(shell, failure, telling);
  if (failures.length > 0 && planned > 0) return exitCodes.partial;
  return exitCodeOfOutcomes(failures, telling.referrers);
}
