/** Waiting until the service has noticed a pushed release by itself. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient } from '../../api/client/api-client.ts';
import { TransportError } from '../../errors/errors.ts';

/** How long the service may take to notice, in milliseconds; it takes well below a second. */
const noticeTimeoutMs = 20_000;

/** Time between two questions, in milliseconds. */
const questionMs = 50;

/** Resolves when the digest is current; @throws TransportError SERVICE_UNREACHABLE when it never is. */
export async function awaitRelease(
  client: ApiClient,
  wanted: { readonly app: string; readonly environment: string; readonly digest: string },
  signal: AbortSignal,
): Promise<void> {
  const patience = AbortSignal.timeout(noticeTimeoutMs);
  while (!patience.aborted) {
    const matrix = await client.status(signal);
    const row = matrix.apps.find((app) => app.app === wanted.app);
    const cell = row?.environments.find((one) => one.environment === wanted.environment);
    if (cell?.digest === wanted.digest && cell.state === 'current') return;
    await pause(questionMs, undefined, { signal });
  }
  throw new TransportError({
    code: 'SERVICE_UNREACHABLE',
    message: `the service did not notice ${wanted.app} in ${wanted.environment} within 20 s`,
  });
}
