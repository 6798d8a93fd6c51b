/** What promote and rollback have in common: show the plan, ask, submit, wait, tell how it ended. */

import type { ApiClient, Submission } from '../api/client/api-client.ts';
import type { PlanView } from '../api/plan.ts';
import type { PromotionView, Submitted } from '../api/promotion.ts';
import { isEnd } from '../core/promotion.ts';
import { type ExitCode, exitCodeOfPromotion, exitCodes } from './exit-code.ts';
import { formatSpan } from './render/age.ts';
import { formatRelease } from './render/digest.ts';
import { renderPlan } from './render/plan.ts';
import { printable } from './render/width.ts';
import { printFailure } from './report-failure.ts';
import type { Shell } from './shell.ts';
import { type Waited, waitForPromotion } from './wait-for-promotion.ts';
import { writeJson } from './write-json.ts';

/** One change: how to plan it, how to ask about it, how to submit it. */
export interface Change {
  plan(client: ApiClient, signal: AbortSignal): Promise<Submission>;
  /** Whether the person agrees to the plan that was shown. */
  confirm(plan: PlanView): Promise<boolean>;
  /** Asks for exactly what the plan says, from what it says. */
  submit(client: ApiClient, plan: PlanView, signal: AbortSignal): Promise<Submission>;
}

export interface ChangeFlags {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** The exit code of the change, after telling everything about it. The client stays open. */
export async function submitChange(
  shell: Shell,
  client: ApiClient,
  change: Change,
  flags: ChangeFlags,
): Promise<ExitCode> {
  const planned = await change.plan(client, shell.signal);
  if (planned.outcome === 'refused') return tellRefusal(shell, planned.plan, flags);
  const { plan } = planned.submitted;
  if (flags.dryRun) return tellDryRun(shell, planned.submitted, flags);

  shell.stderr.write(`${renderPlan(plan, shell.stderr.look())}\n`);
  if (!flags.yes && mayChange(plan) && !(await change.confirm(plan))) {
    shell.stderr.write('not confirmed, nothing was changed\n');
    return exitCodes.cancelled;
  }
  const startedAt = shell.now();
  const answer = await change.submit(client, plan, shell.signal);
  if (answer.outcome === 'refused') return tellRefusal(shell, answer.plan, flags);
  const { submitted } = answer;
  if (submitted.promotion === undefined) return tellNothingToChange(shell, submitted, flags);
  if (!flags.wait) return tellQueued(shell, submitted, submitted.promotion, flags);

  const waited = await waitForPromotion(shell, client, submitted.promotion, flags.timeoutMs);
  return tellEnd(shell, submitted, waited, { ...flags, tookMs: shell.now() - startedAt });
}

/** A rollback to what is current still stops what is on its way there, and holds. */
function mayChange(plan: PlanView): boolean {
  return plan.kind === 'rollback' || plan.from !== plan.to;
}

function tellRefusal(shell: Shell, plan: PlanView, flags: ChangeFlags): ExitCode {
  if (flags.json) writeJson(shell, { changed: false, plan });
  const output = flags.dryRun && !flags.json ? shell.stdout : shell.stderr;
  output.write(renderPlan(plan, output.look()));
  return exitCodes.refused;
}

function tellDryRun(shell: Shell, submitted: Submitted, flags: ChangeFlags): ExitCode {
  if (flags.json) writeJson(shell, submitted);
  else shell.stdout.write(renderPlan(submitted.plan, shell.stdout.look()));
  shell.stderr.write('dry run: nothing was changed\n');
  return exitCodes.done;
}

function tellNothingToChange(shell: Shell, submitted: Submitted, flags: ChangeFlags): ExitCode {
  const { app, environment, to, toVersion, version } = submitted.plan;
  if (flags.json) writeJson(shell, submitted);
  else
    shell.stdout.write(
      `${printable(`${app} in ${environment} is ${formatRelease(toVersion ?? version, to)} already`)}\n`,
    );
  return exitCodes.done;
}

function tellQueued(shell: Shell, submitted: Submitted, promotion: PromotionView, flags: ChangeFlags): ExitCode {
  if (flags.json) writeJson(shell, submitted);
  else shell.stdout.write(`${printable(promotion.id)}\n`);
  shell.stderr.write(`accepted, not waited for: ${printable(promotion.id)}\n`);
  return exitCodes.done;
}

function tellEnd(
  shell: Shell,
  { plan, changed }: Submitted,
  { promotion, trouble }: Waited,
  how: ChangeFlags & { readonly tookMs: number },
): ExitCode {
  const error = isEnd(promotion.state) ? promotion.error : (promotion.error ?? trouble);
  if (how.json) writeJson(shell, { changed, plan, promotion, ...(error === undefined ? {} : { error }) });
  const subject = printable(`${promotion.kind} of ${promotion.app} in ${promotion.environment}`);
  if (promotion.state === 'promoted') {
    if (!how.json) shell.stdout.write(`${endLine(shell, promotion, how.tookMs)}\n`);
    // Where nothing was current before, the plan says so in the place of a command.
    if (plan.undo.startsWith('registry-action ')) shell.stderr.write(`undo: ${printable(plan.undo)}\n`);
    return exitCodes.done;
  }
  if (isEnd(promotion.state)) {
    shell.stderr.write(`${subject} ${promotion.state}: ${printable(promotion.id)}\n`);
  } else {
    const span = formatSpan(how.tookMs);
    shell.stderr.write(
      `${subject} is still ${promotion.state} after ${span}; it goes on: ${printable(promotion.id)}\n` +
        `see: registry-action status\n`,
    );
  }
  if (error !== undefined) printFailure(shell, error);
  return exitCodeOfPromotion(promotion.state, error?.code);
}

function endLine(shell: Shell, promotion: PromotionView, tookMs: number): string {
  const { palette } = shell.stdout.look();
  const verb = promotion.kind === 'rollback' ? 'rolled back' : 'promoted';
  const number = promotion.number === undefined ? '' : `, r${promotion.number}`;
  const release = formatRelease(promotion.version, promotion.digest);
  const place = printable(`${promotion.app} in ${promotion.environment} is ${release}${number}`);
  return `${palette.green(verb)}: ${place}, in ${formatSpan(tookMs)}`;
}
