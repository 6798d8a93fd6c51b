/** Whom the registry tells apart where it counts or keeps something for each. */
import type { Session } from './session.ts';

/**
 * Text that is one caller's alone: a user, an API token and a job may have the same name. It stays the same from one of
 * our tokens to the next.
 */
export function callerOf({ actor, holder }: Session): string {
  const kind = holder.kind === 'credential' ? holder.credential.kind : holder.kind;
  return `${kind} ${actor.name}`;
}
