/** `command: promote`: makes a release current in an environment. */
import type { PromoteRequest } from '../../release/settings/service-request.ts';
import type { Runner } from '../runner.ts';
import { type ChangeSettings, type FollowedChange, followChange, type Submit } from '../service/follow-change.ts';

/** Asks for the promotion and waits for it; the step ends as it does. */
export async function promote(
  runner: Runner,
  request: PromoteRequest,
  how: Pick<ChangeSettings, 'onRefusal' | 'summary'>,
): Promise<FollowedChange> {
  const submit: Submit = (service, signal) => service.submitPromotion(bodyOf(request), runner.newId(), signal);
  return await followChange(runner, request.service, submit, { ...request, ...how });
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
