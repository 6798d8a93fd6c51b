/** A step from its inputs to its end: what was asked for is done, and whatever fails is told. */
import { readServiceRequest } from '../release/settings/read-service-request.ts';
import { readSettings } from '../release/settings/read-settings.ts';
import type { SettingValues } from '../release/settings/setting-values.ts';
import { annotateFailure } from './annotate-failure.ts';
import { type Failure, failureOf } from './failure.ts';
import { maskSecrets } from './mask-secrets.ts';
import type { Runner } from './runner.ts';
import type { StepResult } from './step-result.ts';
import { renderFailureSummary } from './summary/failure-summary.ts';
import { trustAuthorities } from './trust-authorities.ts';
import { writtenInputs } from './written-inputs.ts';

/** Runs the command of the inputs. Every secret among them is masked before anything else happens. */
export async function runStep(runner: Runner): Promise<StepResult> {
  try {
    const written = writtenInputs(runner);
    await maskSecrets(runner, written);
    const values = readSettings(written);
    await trustAuthorities(runner, values.text('ca-file'));
    return await runCommand(runner, values);
  } catch (error) {
    const failure = runner.signal.aborted ? cancellation(runner.signal.reason) : failureOf(error);
    annotateFailure(runner, failure);
    if (runner.input('summary').trim().toLowerCase() !== 'false') await runner.summarize(renderFailureSummary(failure));
    return 'failed';
  }
}

/** What breaks off because the job is cancelled is no bug, whatever it says. */
function cancellation(reason: unknown): Failure {
  return {
    code: 'CANCELLED',
    title: 'Cancelled',
    message: reason instanceof Error ? reason.message : String(reason),
    wayOut: 'run the job again: it goes on with what is there',
  };
}

/** A command's own libraries are loaded when it is run. */
async function runCommand(runner: Runner, values: SettingValues): Promise<StepResult> {
  const how = { summary: values.flag('summary'), onRefusal: values.choice('on-refusal') };
  switch (values.command) {
    case 'release':
    case 'merge':
    case 'tag':
      return await (await import('./commands/release.ts')).releaseImage(runner, values);
    case 'promote':
    case 'rollback':
    case 'status':
    case 'chat':
      return await (await import('./commands/ask-service.ts')).askService(runner, readServiceRequest(values), how);
  }
}
