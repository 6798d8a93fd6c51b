/** The embedded registry's journal of events, as its followers read it. */
import { z } from 'zod';

/** Longest text in an event: a reason, a repository with its tag. */
const textCharsMax = 1024;

/** Events of one page, and tags of one push, at most. */
const eventsMax = 1_000;
const tagsMax = 100;

const text = z.string().max(textCharsMax);

/** One event; kinds that this version does not know may come, and members that it does not know. */
export const registryEventSchema = z.looseObject({
  sequence: z.number(),
  /** `push`, `tag`, `delete`, `pull`, `break-glass`, `upkeep`. */
  kind: text,
  at: text,
  repository: text.optional(),
  /** What was pushed, pulled or deleted. */
  digest: text.optional(),
  /** Tags that were written with it, or went with it. */
  tags: z.array(text).max(tagsMax).optional(),
  /** The one tag that was moved, with what it named before and names since. */
  tag: text.optional(),
  from: text.optional(),
  to: text.optional(),
  actor: text.optional(),
  reason: text.optional(),
});

/** One event. */
export type RegistryFeedEvent = z.infer<typeof registryEventSchema>;

/** A page of events. */
export const registryEventsSchema = z.object({
  /** Where the next page begins. */
  next: text,
  /** Whether events were missed: look at everything anew. */
  reset: z.boolean(),
  events: z.array(registryEventSchema).max(eventsMax),
});

/** A page of events. */
export type RegistryEventsPage = z.infer<typeof registryEventsSchema>;
