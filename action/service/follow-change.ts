/** A promotion or rollback from a job: submitted, waited for, told in the log, the outputs and the summary. */
import type { Submission } from '../../api/client/api-client.ts';
import { followPromotion } from '../../api/client/follow-promotion.ts';
import type { PromotionView } from '../../api/promotion.ts';
import { isEnd } from '../../core/promotion.ts';
import type { ServicePlace, ServiceWait } from '../../release/settings/service-request.ts';
import { annotateFailure } from '../annotate-failure.ts';
import { failureWith } from '../failure.ts';
import type { Runner } from '../runner.ts';
import type { StepResult } from '../step-result.ts';
import { renderChangeSummary } from '../summary/change-summary.ts';
import type { ChangeEnd } from './change-end.ts';
import { openService, type Service } from './service-connection.ts';

/** How a change is carried out. */
export interface ChangeSettings extends ServiceWait {
  readonly dryRun: boolean;
  /** A policy's "no" fails the step, or is told and no more. */
  readonly onRefusal: 'fail' | 'report';
  readonly summary: boolean;
}

/** Asks the service for the change. */
export type Submit = (client: Service, signal: AbortSignal) => Promise<Submission>;

/** What became of a change, and of the step that asked for it. */
export interface FollowedChange {
  readonly end: ChangeEnd;
  readonly result: StepResult;
}

/** Submits and waits; whatever happened is told. */
export async function followChange(
  runner: Runner,
  place: ServicePlace,
  submit: Submit,
  settings: ChangeSettings,
): Promise<FollowedChange> {
  const client = openService(runner, place);
  let end: ChangeEnd;
  try {
    end = await endOf(runner, client, await submit(client, runner.signal), settings);
  } finally {
    await client.close();
  }
  runner.output('plan', JSON.stringify(end.plan));
  runner.output('promotion-id', end.promotion?.id ?? '');
  runner.output('promotion-state', end.kind === 'refused' ? 'refused' : (end.promotion?.state ?? ''));
  if (settings.summary) await runner.summarize(renderChangeSummary(end));
  return { end, result: tellEnd(runner, end, settings) };
}

async function endOf(
  runner: Runner,
  client: Service,
  answer: Submission,
  settings: ChangeSettings,
): Promise<ChangeEnd> {
  if (answer.outcome === 'refused') return { kind: 'refused', plan: answer.plan, promotion: undefined };
  const { plan, promotion, changed } = answer.submitted;
  if (promotion === undefined) {
    return { kind: settings.dryRun ? 'planned' : changed ? 'queued' : 'unchanged', plan, promotion };
  }
  runner.say(`accepted: ${promotion.kind} of ${promotion.app} in ${promotion.environment}, ${promotion.id}`);
  if (!settings.wait) return { kind: 'queued', plan, promotion };
  const { timeoutMs } = settings;
  const { signal, now } = runner;
  const last = await followPromotion(client, promotion, { timeoutMs, signal, now, ...openTeller(runner) });
  return { kind: isEnd(last.state) ? 'ended' : 'waiting', plan, promotion: last };
}

/** Progress in the log: a line for each state, each tenth of the bytes, and each new trouble. */
function openTeller(runner: Runner) {
  const told = new Set<string>();
  const sayOnce = (line: string) => {
    if (told.has(line)) return;
    told.add(line);
    runner.say(line);
  };
  return {
    onChange: (view: PromotionView) => {
      sayOnce(progressLine(view));
      if (view.error !== undefined && !isEnd(view.state)) sayOnce(`put off: ${view.error.code}: ${view.error.message}`);
    },
    onLost: (error: Error) => sayOnce(`${error.message}; still waiting`),
  };
}

function progressLine({ state, progress, attempts }: PromotionView): string {
  const again = attempts > 1 ? ` (attempt ${attempts})` : '';
  if (state !== 'copying' || progress === undefined || progress.bytesTotal === 0) return state + again;
  const tenths = Math.floor((10 * progress.bytesCopied) / progress.bytesTotal);
  return `${state}${again}: ${tenths}0 % of ${(progress.bytesTotal / 1e6).toFixed(1)} MB`;
}

function tellEnd(runner: Runner, { kind, plan, promotion }: ChangeEnd, settings: ChangeSettings): StepResult {
  const subject = `${plan.kind} of ${plan.app} in ${plan.environment}`;
  switch (kind) {
    case 'refused':
      for (const reason of plan.decision.reasons) {
        annotateFailure(runner, failureWith(reason), settings.onRefusal === 'fail' ? 'error' : 'warning');
      }
      runner.say(`${subject}: refused by policy`);
      return settings.onRefusal === 'fail' ? 'failed' : 'passed';
    case 'planned':
      runner.say(`${subject}: planned, nothing was changed`);
      return 'passed';
    case 'unchanged':
      runner.say(`${subject}: already so`);
      return 'passed';
    case 'queued':
      runner.say(`${subject}: accepted, not waited for`);
      return 'passed';
    case 'waiting':
      annotateFailure(runner, {
        code: 'WAITED_TOO_LONG',
        title: 'Still going on',
        message: `${subject} is ${promotion?.state} after the time that was given; it goes on: ${promotion?.id}`,
        wayOut: 'look at it with command: status, or give it longer with timeout',
      });
      return 'failed';
    case 'ended':
      return tellEnded(runner, subject, promotion);
  }
}

function tellEnded(runner: Runner, subject: string, promotion: PromotionView | undefined): StepResult {
  const state = promotion?.state ?? 'failed';
  runner.say(`${subject}: ${state}`);
  if (state === 'promoted') return 'passed';
  const told = promotion?.error ?? {
    code: state.toUpperCase(),
    message: `${subject} was ${state}: ${promotion?.id}`,
    wayOut: 'look at what is there now with command: status',
  };
  annotateFailure(runner, failureWith(told));
  return 'failed';
}
