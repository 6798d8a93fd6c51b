/** The promotion service, reached with a token that says which job this is. */
import { type ApiClient, openApiClient } from '../../api/client/api-client.ts';
import { AccessError } from '../../errors/errors.ts';
import type { ServicePlace } from '../../release/settings/service-request.ts';
import type { Runner } from '../runner.ts';

/** The service, as far as a job asks it. */
export type Service = Pick<ApiClient, 'submitPromotion' | 'submitRollback' | 'status' | 'read' | 'events' | 'close'>;

/**
 * How long a token of GitHub's is shown, in milliseconds. It ends after five minutes, which waiting for a promotion can
 * take.
 */
const tokenMsMax = 4 * 60 * 1000;

/** The service, asked with a token of this job's; the caller closes it. Long waits are signed with newer tokens. */
export function openService(runner: Runner, place: ServicePlace): Service {
  const opened: ApiClient[] = [];
  let current: { readonly client: Promise<ApiClient>; readonly until: number } | undefined;
  const open = async () => {
    const token = await fetchIdentity(runner, place.audience);
    const client = openApiClient({ url: place.url, token, env: runner.env });
    opened.push(client);
    return client;
  };
  const signedIn = (): Promise<ApiClient> => {
    if (current === undefined || current.until <= runner.now()) {
      const client = open();
      client.catch(() => {
        current = undefined;
      });
      current = { client, until: runner.now() + tokenMsMax };
    }
    return current.client;
  };
  return {
    submitPromotion: async (...words) => await (await signedIn()).submitPromotion(...words),
    submitRollback: async (...words) => await (await signedIn()).submitRollback(...words),
    status: async (signal) => await (await signedIn()).status(signal),
    read: async (...words) => await (await signedIn()).read(...words),
    async *events(signal) {
      yield* (await signedIn()).events(signal);
    },
    async close() {
      await Promise.all(opened.map((client) => client.close()));
    },
  };
}

/** @throws AccessError NOT_SIGNED_IN when this job may not have a token. */
async function fetchIdentity(runner: Runner, audience: string): Promise<string> {
  const stored = runner.env['REGISTRY_ACTION_TOKEN'];
  if (stored) {
    runner.mask(stored);
    return stored;
  }
  const isOffered = Boolean(runner.env['ACTIONS_ID_TOKEN_REQUEST_URL'] && runner.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']);
  if (!isOffered) {
    throw new AccessError({
      code: 'NOT_SIGNED_IN',
      message: 'this job has no identity token for the promotion service',
      wayOut: 'give the job the permission id-token: write; pull requests from forks never have it',
      signedIn: false,
    });
  }
  try {
    const token = await runner.idToken(audience);
    runner.mask(token);
    return token;
  } catch (cause) {
    throw new AccessError({
      code: 'NOT_SIGNED_IN',
      message: `the runner gave no identity token for ${audience}: ${wordsOf(cause)}`,
      wayOut: 'run the job again; if it persists, see that the runner reaches the token service of its GitHub',
      cause,
      signedIn: false,
    });
  }
}

function wordsOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, ' ');
}
