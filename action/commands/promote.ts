/** `command: promote`: makes a release current in an environment. */
import type { Submission } from '../../api/client/api-client.ts';
import type { PromoteRequest } from '../../release/settings/service-request.ts';
import type { Runner } from '../runner.ts';
import { type ChangeSettings, type FollowedChange, followChange } from '../service/follow-change.ts';
import { openService, type Service } from '../service/service-connection.ts';

/** Asks for the promotion and waits for it; the step ends as it does. */
export async function promote(
  runner: Runner,
  request: PromoteRequest,
  how: Pick<ChangeSettings, 'onRefusal' | 'summary'>,
): Promise<FollowedChange> {
  const client = openService(runner, request.service);
  const submit = (service: Service, signal: AbortSignal): Promise<Submission> =>
    service.submitPromotion(bodyOf(request), runner.newId(), signal);
  try {
    return await followChange(runner, client, submit, { ...request, ...how });
  } finally {
    await client.close();
  }
}

function bodyOf({ app, environment, version, digest, reason, dryRun }: PromoteRequest) {
  return {
    app,
    environment,
    ...(version === undefined ? {} : { version }),
    ...(digest === undefined ? {} : { digest }),
    ...(reason === undefined ? {} : { reason }),
    ...(dryRun ? { dryRun } : {}),
  };
}
