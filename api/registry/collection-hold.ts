/** Holding the embedded registry's collection off, on the wire. */
import { z } from 'zod';

/** Where holds are. */
export const collectionHoldsPath = '/admin/v1/collection-holds';

/** What the registry answers to who begins a hold or renews it. */
export const collectionHoldSchema = z.object({
  id: z.string(),
  /** For how long it lasts unless it is renewed. */
  lastsMs: z.number().positive(),
  /** Whether it lasted since it was begun or renewed before. */
  renewed: z.boolean(),
  /** The process that holds off: as its lock file in the data directory names it. */
  server: z.object({ host: z.string(), pid: z.number() }),
});

/** The answer to who ends one. */
export const collectionHoldEndSchema = z.object({ ended: z.boolean() });
