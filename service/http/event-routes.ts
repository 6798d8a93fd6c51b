/** The event stream over HTTP. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { eventIdPattern } from '../../api/event.ts';
import { evaluateAccess } from '../../core/access.ts';
import { AccessError, TransportError } from '../../errors/errors.ts';
import type { SignIn } from '../identity/sign-in.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import type { EventFeed } from './event-feed.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { malformedRequest, shownValue } from './malformed-request.ts';
import { actorOf, bearerToken } from './route-access.ts';

/** What the route needs. */
export interface EventRoutesInit {
  readonly feed: EventFeed;
  readonly signIn: SignIn;
  /** Between two signs of life, and between two looks whether the reader may still read. */
  readonly heartbeatMs: number;
  /** Names Redis in the log, without what is secret. */
  readonly redisShown: string;
}

/** Streams open at once: each holds a socket and a place in the feed. */
const streamsMax = 256;

/** Streams of one actor: a person's browser tabs and terminals, or a fleet that shares a token. */
const streamsPerActorMax = 64;

/** A reader that takes nothing for so many heartbeats is cut off. */
const stalledHeartbeatsMax = 4;

/** How long a reader has to take the farewell before it is cut off. */
const farewellMs = 1_000;

interface OpenStream extends EventStream {
  readonly actor: string;
  readonly socket: FastifyRequest['raw']['socket'];
}

/** The route of the event stream; streams say farewell when the service closes. */
export function eventRoutes(init: EventRoutesInit): FastifyPluginAsync {
  return async (app) => {
    const streams = new Set<OpenStream>();
    app.addHook('preClose', async () => {
      for (const { end, socket } of streams) {
        end('stopping');
        const cutOff = setTimeout(() => socket.destroy(), farewellMs);
        socket.once('close', () => clearTimeout(cutOff));
      }
    });
    app.get(
      '/api/v1/events',
      { config: { access: 'read', query: ['since'] }, exposeHeadRoute: false },
      (request, reply) => {
        const since = parseSince(request);
        const actor = actorOf(request).name;
        assertRoom(streams, actor);
        const token = bearerToken(request);
        const stream = openEventStream({
          feed: init.feed,
          since,
          heartbeatMs: init.heartbeatMs,
          mayStillRead: async () => token !== undefined && (await mayRead(init.signIn, token)),
          onError: (error) => request.log.error({ err: redisFailure(error, init.redisShown) }, 'event stream failed'),
        });
        const { socket } = request.raw;
        const open: OpenStream = { ...stream, actor, socket };
        streams.add(open);
        stream.text.once('close', () => streams.delete(open));
        socket.setTimeout(init.heartbeatMs * stalledHeartbeatsMax, () => socket.destroy());
        // `x-accel-buffering` tells nginx not to hold events back.
        return reply
          .headers({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no', connection: 'close' })
          .send(stream.text);
      },
    );
  };
}

/** Whether the token still holds, and lets its bearer read: a workload's ends, and a rule may be gone after a restart. */
async function mayRead(signIn: SignIn, token: string): Promise<boolean> {
  try {
    const actor = await signIn.authenticate(token);
    return actor !== undefined && evaluateAccess(actor, 'read', {}).allowed;
  } catch (error) {
    if (error instanceof AccessError) return false;
    throw error;
  }
}

function assertRoom(streams: ReadonlySet<OpenStream>, actor: string): void {
  const own = [...streams].filter((stream) => stream.actor === actor).length;
  if (streams.size < streamsMax && own < streamsPerActorMax) return;
  throw new TransportError({
    code: 'STREAMS_EXHAUSTED',
    message:
      own < streamsPerActorMax ? `${streamsMax} event streams are open` : `${own} event streams of ${actor} are open`,
  });
}

/** Where to resume: the header wins, because a browser that reconnects keeps the address and updates the header. */
function parseSince(request: FastifyRequest): string | undefined {
  const query = request.query;
  const asked = typeof query === 'object' && query !== null && 'since' in query ? query.since : undefined;
  const since = request.headers['last-event-id'] ?? asked;
  if (since === undefined || since === '') return undefined;
  if (typeof since === 'string' && eventIdPattern.test(since)) return since;
  if (since === '0') return '0-0';
  const part = request.headers['last-event-id'] === undefined ? 'query.since' : 'header Last-Event-ID';
  throw malformedRequest(
    `${part}: write the id of an event as it came, or 0 for all that are kept${shownValue(since)}`,
  );
}
