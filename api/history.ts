/** An environment's history on the wire: what was current there, in order, with who and why. */
import { z } from 'zod';
import { digestTextSchema, timeTextSchema } from './field.ts';

/** One entry: a digest that became current. */
export const historyEntrySchema = z
  .object({
    number: z.int().min(0).meta({ description: 'History number: 12 is r12.' }),
    digest: digestTextSchema,
    version: z.string().optional(),
    kind: z.enum(['promotion', 'rollback', 'adoption', 'settlement', 'unknown']),
    by: z.string().optional(),
    reason: z.string().optional(),
    at: timeTextSchema.optional(),
    current: z.boolean(),
    receipted: z.boolean().meta({ description: 'Whether a receipt says who and why.' }),
    direct: z.boolean().meta({ description: 'Whether it was made past the service.' }),
    good: z.boolean().meta({ description: 'Whether it stayed current long enough to go back to.' }),
    quarantined: z.boolean().meta({ description: 'Whether it was rolled back from.' }),
    from: digestTextSchema.optional(),
  })
  .meta({ id: 'HistoryEntry', description: 'A digest that became current.' });

/** A digest that became current. */
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

/** The history of an app in an environment, newest first. */
export const historyViewSchema = z
  .object({ app: z.string(), environment: z.string(), entries: z.array(historyEntrySchema).readonly() })
  .meta({ id: 'History', description: 'What was current in an environment, newest first.' });

/** What was current in an environment, newest first. */
export type HistoryView = z.infer<typeof historyViewSchema>;
