/** Sending away whoever asks more than the rate limit lets them. */
import { roleMay } from '../../core/access.ts';
import { clientNetwork } from '../../core/client-network.ts';
import { callerOf } from '../access/caller.ts';
import type { Session } from '../access/session.ts';
import { type Answer, refusal } from '../http/answer.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { RateLimit } from './rate-limit.ts';

/** What decides, and who hears of it. */
export interface LimitParts {
  readonly watch: { readonly rateLimit: RateLimit };
  readonly onEvent: OnRegistryEvent;
}

/**
 * The answer to a request too many; undefined where it may go on. The promotion service is never limited, nor is whoever
 * may break the glass: nothing must be in the way of a rollback.
 */
export function limitRequests(
  { watch, onEvent }: LimitParts,
  session: Session,
  remoteAddress: string,
): Answer | undefined {
  const { actor, holder } = session;
  if ('role' in actor && (roleMay(actor.role, 'environment-tags') || roleMay(actor.role, 'break-glass')))
    return undefined;
  const isAnonymous = holder.kind === 'anonymous';
  const caller = isAnonymous ? `address ${clientNetwork(remoteAddress)}` : callerOf(session);
  const waitS = watch.rateLimit.take(caller);
  if (waitS === undefined) return undefined;
  onEvent({ kind: 'rate-limited', actor: isAnonymous ? undefined : actor.name });
  return refusal(429, 'TOOMANYREQUESTS', 'too many requests: come back later', {
    headers: { 'retry-after': String(waitS) },
  });
}
