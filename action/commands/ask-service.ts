/** The commands that the promotion service carries out. */
import type { ServiceRequest } from '../../release/settings/service-request.ts';
import type { Runner } from '../runner.ts';
import type { ChangeSettings } from '../service/follow-change.ts';
import type { StepResult } from '../step-result.ts';
import { chat } from './chat.ts';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { status } from './status.ts';

/** Asks the service, and ends as what was asked for does. */
export async function askService(
  runner: Runner,
  request: ServiceRequest,
  how: Pick<ChangeSettings, 'onRefusal' | 'summary'>,
): Promise<StepResult> {
  switch (request.kind) {
    case 'promote':
      return (await promote(runner, request, how)).result;
    case 'rollback':
      return (await rollback(runner, request, how)).result;
    case 'status':
      await status(runner, request, how);
      return 'passed';
    case 'chat':
      return await chat(runner, request, how);
  }
}
