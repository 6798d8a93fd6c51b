/** A reason on the wire: why something was refused or failed, and the way out. */
import { z } from 'zod';

/** One reason. Refusals carry all of theirs, not the first. */
export const reasonSchema = z
  .object({ code: z.string(), message: z.string(), wayOut: z.string() })
  .meta({ id: 'Reason', description: 'Stable code, what happened, and what to do next.' });

/** Why something was refused or failed, and the way out. */
export type Reason = z.infer<typeof reasonSchema>;
