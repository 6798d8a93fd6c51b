/** `command: rollback`: makes an earlier release current again. */
import type { RollbackRequest } from '../../release/settings/service-request.ts';
import type { Runner } from '../runner.ts';
import { type ChangeSettings, type FollowedChange, followChange, type Submit } from '../service/follow-change.ts';

/** Asks for the rollback and waits for it; the step ends as it does. */
export async function rollback(
  runner: Runner,
  request: RollbackRequest,
  how: Pick<ChangeSettings, 'onRefusal' | 'summary'>,
): Promise<FollowedChange> {
  const submit: Submit = (service, signal) => service.submitRollback(bodyOf(request), runner.newId(), signal);
  return await followChange(runner, request.service, submit, { ...request, ...how });
}

function bodyOf({ app, environment, to, reason, dryRun }: RollbackRequest) {
  return { app, environment, reason, ...(to === undefined ? {} : { to }), ...(dryRun ? { dryRun } : {}) };
}
