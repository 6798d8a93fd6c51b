/** Telling what became of copies: a line each on stdout, or an object each with `--json`; failures on stderr. */
import { formatPlatform, type Platform } from '../../oci/spec/platform.ts';
import { formatRepository } from '../location.ts';
import { formatSpan } from '../render/age.ts';
import { type CopiedView, renderCopied } from '../render/copied.ts';
import { formatDigest } from '../render/digest.ts';
import { printable } from '../render/width.ts';
import { failureText, printFailure } from '../report-failure.ts';
import type { Shell } from '../shell.ts';
import { copyDocument } from './copy-document.ts';
import { formatTarget } from './copy-job.ts';
import { type CopyOutcome, isChanged } from './copy-outcome.ts';
import { type CopyPlan, movesOf } from './plan-copy.ts';
import type { ReferrerWish } from './referrer-wish.ts';

export interface TellOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly platforms: readonly Platform[];
  readonly referrers: ReferrerWish;
  /** Many tags were asked for. */
  readonly isMany: boolean;
  /** One tag to one repository: it goes without saying what an error is about. */
  readonly isSingle: boolean;
}

/** Tells one outcome, as soon as it is known. */
export function tellOutcome(shell: Shell, outcome: CopyOutcome, options: TellOptions): void {
  if (options.json) shell.stdout.write(`${JSON.stringify(copyDocument(outcome, options.platforms))}\n`);
  switch (outcome.kind) {
    case 'done':
      if (!options.json) shell.stdout.write(lineOfDone(shell, outcome, options.quiet));
      tellKept(shell, outcome.plan, options);
      tellReferrers(shell, outcome, options);
      return;
    case 'kept':
      tellKept(shell, outcome.plan, options);
      return;
    case 'failed':
      if (!options.isSingle) {
        const { palette } = shell.stderr.look();
        shell.stderr.write(`${palette.red('not copied:')} ${printable(formatTarget(outcome.job))}\n`);
      }
      printFailure(shell, failureText(outcome.error));
      return;
  }
}

/** Says which tags were left as they are. */
function tellKept(shell: Shell, plan: CopyPlan, { quiet, json }: TellOptions): void {
  if (quiet || json) return;
  const { job, tags } = plan;
  for (const { tag, from } of movesOf({ ...plan, tags: job.tags })) {
    if (tags.includes(tag)) continue;
    const place = formatTarget({ target: job.target, tags: [tag] });
    shell.stderr.write(`${printable(place)}  left as it is (--no-clobber): it names ${formatDigest(from)}\n`);
  }
}

/** Says which referrers are not at the target and why. */
function tellReferrers(
  shell: Shell,
  { result, plan }: Extract<CopyOutcome, { readonly kind: 'done' }>,
  { quiet, referrers: wish }: TellOptions,
): void {
  const { referrers } = result;
  if (referrers === undefined) return;
  const isLoud = wish.mode === 'demanded';
  if (quiet && !isLoud) return;
  const place = printable(formatTarget({ target: plan.job.target, tags: plan.tags }));
  for (const { subject, referrer, code, message } of referrers.failed) {
    const what =
      referrer === undefined ? `referrers of ${subject}` : `referrer ${referrer.descriptor.digest} of ${subject}`;
    shell.stderr.write(`${place}: not copied: ${what}: ${code}: ${printable(message)}\n`);
  }
  if (wish.waitMs === 0 || referrers.carried.length + referrers.present.length > 0) return;
  shell.stderr.write(`${place}: no referrers came within ${formatSpan(wish.waitMs)}\n`);
}

/** Says that choosing platforms changes the digest, with both. */
export function tellPlatforms(shell: Shell, plan: CopyPlan, options: TellOptions): void {
  if (options.quiet || options.platforms.length === 0) return;
  const { root, whole, attestationsLeftOut, job } = plan;
  const asked = options.platforms.map(formatPlatform).join(', ');
  const place = printable(`${formatRepository(job.source)}@${whole.digest}`);
  if (root.digest === whole.digest) {
    shell.stderr.write(`${place}\nis for ${asked} and nothing else: its digest stays\n`);
    return;
  }
  shell.stderr.write(`for ${asked} alone the image has another digest\n  whole   ${place}\n  copied  ${root.digest}\n`);
  if (attestationsLeftOut === 0) return;
  shell.stderr.write('  without its attestation, which only an index, of two platforms or more, can carry along\n');
}

/** Tells of many copies what they come to together. */
export function tellSum(shell: Shell, outcomes: readonly CopyOutcome[], options: TellOptions): void {
  if (options.quiet || outcomes.length < 2) return;
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    const name = nameOf(outcome);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const parts = ['copied', 'already so', 'left as they are', 'not copied'].flatMap((name) => {
    const count = counts.get(name);
    return count === undefined ? [] : [`${count} ${name}`];
  });
  shell.stderr.write(`${parts.join(', ')}\n`);
}

function nameOf(outcome: CopyOutcome): string {
  switch (outcome.kind) {
    case 'done':
      return isChanged(outcome) ? 'copied' : 'already so';
    case 'kept':
      return 'left as they are';
    case 'failed':
      return 'not copied';
  }
}

function lineOfDone(shell: Shell, outcome: Extract<CopyOutcome, { readonly kind: 'done' }>, quiet: boolean): string {
  const view = viewOf(outcome);
  return quiet ? printable(`${view.place}@${view.digest}`).concat('\n') : renderCopied(view, shell.stdout.look());
}

function viewOf(outcome: Extract<CopyOutcome, { readonly kind: 'done' }>): CopiedView {
  const { plan, result, tookMs } = outcome;
  const { tags } = plan;
  return {
    ...result,
    place: formatTarget({ target: plan.job.target, tags }),
    digest: plan.root.digest,
    tags,
    displaced: [...new Set(movesOf(plan).map(({ from }) => from))],
    changed: isChanged(outcome),
    skipped: result.skipped.length,
    referrersCarried: result.referrers?.carried.length ?? 0,
    referrersPresent: result.referrers?.present.length ?? 0,
    referrersFailed: result.referrers?.failed.length ?? 0,
    tookMs,
  };
}
