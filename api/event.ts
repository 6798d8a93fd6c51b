/** The event stream on the wire: its types, and what each carries. */
import { z } from 'zod';
import { promotionViewSchema } from './promotion.ts';

/** Types whose payload is a whole promotion. */
export const promotionEventTypes = [
  'promotion.requested',
  'promotion.started',
  'promotion.progressed',
  'promotion.moved',
  'promotion.finished',
] as const;

/** Types whose payload names an app and an environment. */
export const environmentEventTypes = [
  'lane.repaired',
  'lane.adopted',
  'environment.drifted',
  // What other hands did in a repository of the embedded registry: a word about it, which may be missing.
  'registry.pushed',
  'registry.moved',
  'registry.deleted',
  'registry.glass-broken',
] as const;

/** Every type there is. */
export const eventTypes = [...promotionEventTypes, ...environmentEventTypes] as const;

/** One of the types. */
export type EventType = (typeof eventTypes)[number];

/** Payload of an environment event; more members may come. */
export const environmentEventSchema = z
  .looseObject({ app: z.string(), environment: z.string() })
  .meta({ id: 'EnvironmentEvent', description: 'Something that happened to an app in an environment.' });

/** One event. `id` is its place in the stream: give the last one seen as `since` to resume behind it. */
export const eventViewSchema = z
  .discriminatedUnion('type', [
    z.object({ id: z.string(), type: z.enum(promotionEventTypes), payload: promotionViewSchema }),
    z.object({ id: z.string(), type: z.enum(environmentEventTypes), payload: environmentEventSchema }),
  ])
  .meta({ id: 'Event', description: 'On the wire: `id:`, `event:` (the type) and `data:` (the payload as JSON).' });

/** An event as its readers parse it. */
export type EventView = z.infer<typeof eventViewSchema>;

/** Form of an event id: milliseconds since 1970, dash, sequence number within the millisecond. */
export const eventIdPattern = /^\d{1,16}-\d{1,19}$/;

/** Whether the text is a type of event. */
export function isEventType(text: string): text is EventType {
  return eventTypes.some((type) => type === text);
}
