/** Asking a registry whether it is one, and whether it lets us in. */
import type { Exchange } from './exchange.ts';
import { throwRefusal } from './wire/refusal.ts';

/**
 * Resolves when the registry speaks the protocol and takes our credentials.
 * Spec: distribution-spec v1.1.1, "Determining Support".
 */
export async function ping(exchange: Exchange, signal?: AbortSignal): Promise<void> {
  const asked = { operation: 'sign in to', subject: exchange.endpoint.registry };
  const url = new URL('/v2/', exchange.endpoint.url);
  await exchange.send({ method: 'GET', url, asked, scopes: [], signal }, async (answer) => {
    if (answer.status !== 200) await throwRefusal(answer, asked);
  });
}
