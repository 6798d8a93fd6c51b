/** The follower of the embedded registry's events, as a worker has it. */
import { openRegistryAdmin } from '../../api/client/registry-admin.ts';
import { openConnector } from '../../oci/client/wire/connector.ts';
import { openTlsContext } from '../../oci/client/wire/tls-context.ts';
import type { LaneParts } from '../lanes/lane-parts.ts';
import type { EmbeddedAccess } from '../open-foundation.ts';
import type { Environment } from '../process/part-settings.ts';
import type { SubmitContext } from '../submit/context.ts';
import { openFeedTurn } from './feed-turn.ts';
import { followRegistry } from './follow-registry.ts';
import { lookIntoEvents } from './look-into-events.ts';

export interface RegistryFeedInit {
  readonly embedded: EmbeddedAccess;
  readonly environment: Environment;
  readonly context: SubmitContext;
  readonly parts: LaneParts;
  /** Looks at every lane: what the sweeper does in a round. */
  readonly lookAround: (signal: AbortSignal) => Promise<void>;
  /** A clock that goes on evenly, in milliseconds. */
  readonly uptime: () => number;
}

export interface RegistryFeed {
  /** Ends the request that waits. */
  close(): Promise<void>;
}

/** Follows from now on. */
export function openRegistryFeed(init: RegistryFeedInit): RegistryFeed {
  const { embedded, environment, context, parts, lookAround, uptime } = init;
  const { url, token, pinned } = embedded;
  const connect = pinned && openConnector({ context: openTlsContext(undefined, undefined), pinned });
  const registry = openRegistryAdmin({ url, token, env: environment, connect });
  const closing = new AbortController();
  const following = followRegistry(
    {
      registry,
      turn: openFeedTurn(context.redis, context.newId()),
      onEvents: (events, signal) => lookIntoEvents(context, parts, events, signal),
      onReset: lookAround,
      onTrouble: (error) => parts.onLaneEvent({ kind: 'trouble', error }),
      uptime,
    },
    closing.signal,
  );
  return {
    async close() {
      closing.abort();
      await following;
      await registry.close();
    },
  };
}
