/** Readiness on the wire: whether the service can take requests, and which part keeps it from that. */
import { z } from 'zod';

/** Readiness of the service and of each of its parts. */
export const readinessSchema = z
  .object({
    ok: z.boolean(),
    parts: z
      .array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() }))
      .readonly()
      .meta({
        description: 'Redis, registries, workers.',
      }),
  })
  .meta({ id: 'Readiness', description: 'Whether the service can take requests.' });

/** Whether the service is ready, part by part. */
export type Readiness = z.infer<typeof readinessSchema>;
