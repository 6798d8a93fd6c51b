/** A step from its inputs to its end: what was asked for is done, and whatever fails is told. */
import { readServiceRequest } from '../release/settings/read-service-request.ts';
import { readSettings } from '../release/settings/read-settings.ts';
import { secretsOf } from '../release/settings/secrets-of.ts';
import type { SettingValues } from '../release/settings/setting-values.ts';
import { annotateFailure } from './annotate-failure.ts';
import { failureOf } from './failure.ts';
import type { Runner } from './runner.ts';
import type { StepResult } from './step-result.ts';
import { writtenInputs } from './written-inputs.ts';

/** Runs the command of the inputs. Every secret among them is masked before anything else happens. */
export async function runStep(runner: Runner): Promise<StepResult> {
  try {
    const written = writtenInputs(runner);
    for (const secret of secretsOf(written, runner.env)) runner.mask(secret);
    const values = readSettings(written);
    return await runCommand(runner, values);
  } catch (error) {
    annotateFailure(runner, failureOf(error));
    return 'failed';
  }
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
