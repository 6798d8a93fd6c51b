/** The environment matrix on the wire: what is current where, and what is going on. */
import { z } from 'zod';
import { digestTextSchema, timeTextSchema } from './field.ts';
import { promotionViewSchema } from './promotion.ts';
import { reasonSchema } from './reason.ts';

/** One cell: an app in an environment. */
export const environmentStatusSchema = z
  .object({
    environment: z.string(),
    version: z.string().optional(),
    digest: digestTextSchema.optional(),
    number: z.int().min(0).optional().meta({ description: 'History number: 12 is r12.' }),
    since: timeTextSchema.optional(),
    by: z.string().optional(),
    state: z.enum(['empty', 'current', 'promoting', 'drifted', 'unreachable']),
    hold: z.object({ by: z.string(), reason: z.string(), since: timeTextSchema }).optional(),
    promotion: promotionViewSchema
      .optional()
      .meta({ description: 'The promotion under way, or the last one that ended badly.' }),
    drift: z.object({ found: digestTextSchema, expected: digestTextSchema }).optional(),
    error: reasonSchema.optional(),
  })
  .meta({ id: 'EnvironmentStatus', description: 'An app in an environment.' });

/** An app in an environment. */
export type EnvironmentStatus = z.infer<typeof environmentStatusSchema>;

/** One row: an app in every environment, in rank order. */
export const appStatusSchema = z
  .object({ app: z.string(), environments: z.array(environmentStatusSchema).readonly() })
  .meta({ id: 'AppStatus', description: 'An app in every environment, in rank order.' });

/** An app in every environment. */
export type AppStatus = z.infer<typeof appStatusSchema>;

/** The whole matrix. */
export const statusMatrixSchema = z
  .object({
    apps: z.array(appStatusSchema).readonly(),
    environments: z.array(z.string()).readonly().meta({ description: 'Names in rank order.' }),
    at: timeTextSchema,
  })
  .meta({ id: 'StatusMatrix', description: 'What is current where.' });

/** What is current where. */
export type StatusMatrix = z.infer<typeof statusMatrixSchema>;
