/** One request as its handler sees it, and what a resource answers to which method. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Actor, Verb } from '../../core/access.ts';
import type { RegistryAccess } from '../access/registry-access.ts';
import type { Session } from '../access/session.ts';
import type { CollectionHolds } from '../archive/collection-holds.ts';
import type { Scrubber } from '../archive/scrubber.ts';
import type { Collector } from '../collect/collector.ts';
import type { ManifestRoom } from '../content/manifest-room.ts';
import type { UploadSessions } from '../content/upload-sessions.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { RegistryLimits } from '../registry-limits.ts';
import type { RegistrySettings } from '../registry-settings.ts';
import type { Storage } from '../storage.ts';
import type { RegistryWatch } from '../watch/watch.ts';
import type { Answer } from './answer.ts';
import type { RequestBody } from './request-body.ts';

/** What every handler works with. */
export interface RegistryParts {
  readonly storage: Storage;
  readonly sessions: UploadSessions;
  readonly manifestRoom: ManifestRoom;
  readonly collector: Collector;
  readonly holds: CollectionHolds;
  readonly scrubber: Scrubber;
  readonly onEvent: OnRegistryEvent;
  readonly settings: RegistrySettings;
  readonly access: RegistryAccess;
  readonly limits: RegistryLimits;
  readonly watch: RegistryWatch;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

/** A request of somebody who may do what it asks: who is signed in, or anybody where rules let anybody in. */
export interface Exchange extends RegistryParts {
  readonly actor: Actor;
  /** How the actor signed in, and what for. */
  readonly session: Session;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  /** Calls the listener when the connection is done with: the answer is written, or nobody is there to take it. */
  readonly onGone: (listener: () => void) => void;
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Operation {
  /** What the actor must be allowed to do; undefined: being let in is enough. */
  readonly verb: Verb | undefined;
  /** Another that does as well. */
  readonly orVerb?: Verb;
  answer(exchange: Exchange): Promise<Answer>;
}

/** The methods a resource knows; any other is answered with 405. */
export type Operations = { readonly [method in Method]?: Operation };
