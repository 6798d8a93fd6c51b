/** `command: rollback`: makes an earlier release current again. */
import type { Submission } from '../../api/client/api-client.ts';
import type { RollbackRequest } from '../../release/settings/service-request.ts';
import type { Runner } from '../runner.ts';
import { type ChangeSettings, type FollowedChange, followChange } from '../service/follow-change.ts';
import { openService, type Service } from '../service/service-connection.ts';

/** Asks for the rollback and waits for it; the step ends as it does. */
export async function rollback(
  runner: Runner,
  request: RollbackRequest,
  how: Pick<ChangeSettings, 'onRefusal' | 'summary'>,
): Promise<FollowedChange> {
  const client = openService(runner, request.service);
  const submit = (service: Service, signal: AbortSignal): Promise<Submission> =>
    service.submitRollback(bodyOf(request), runner.newId(), signal);
  try {
    return await followChange(runner, client, submit, { ...request, ...how });
  } finally {
    await client.close();
  }
}

function bodyOf({ app, environment, to, reason, dryRun }: RollbackRequest) {
  return { app, environment, reason, ...(to === undefined ? {} : { to }), ...(dryRun ? { dryRun } : {}) };
}
