/** Carrying out what was planned, with a bar for whoever watches. */
import type { Target } from '../../oci/copy/target.ts';
import { copyProgress, noProgress } from '../copy-progress.ts';
import { formatDigest } from '../render/digest.ts';
import type { Shell } from '../shell.ts';
import type { CopyOutcome } from './copy-outcome.ts';
import type { CopyPlan } from './plan-copy.ts';
import { type RunOptions, runCopies } from './run-copies.ts';
import { type TellOptions, tellOutcome } from './tell-copy.ts';

/** How plans are carried out. */
export interface PlanRun extends Pick<RunOptions, 'isFresh' | 'repair'> {
  readonly jobs: number | undefined;
  readonly telling: TellOptions;
}

/** Carries out the plans, telling each outcome as soon as it is known. */
export async function runPlans(
  shell: Shell,
  plans: readonly CopyPlan<Target>[],
  { jobs, telling, ...how }: PlanRun,
): Promise<readonly CopyOutcome[]> {
  const progress = telling.quiet ? noProgress : copyProgress(shell, labelOf(plans));
  try {
    return await runCopies(shell, plans, {
      ...how,
      ...(jobs === undefined ? {} : { jobs }),
      referrers: telling.referrers,
      progress,
      onOutcome: (outcome) => {
        progress.close();
        tellOutcome(shell, outcome, telling);
      },
    });
  } catch (error) {
    progress.close();
    if (shell.signal.aborted && !telling.quiet) {
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
