/** How often the manifests of a repository were pulled, as the embedded registry tells it. */
import { z } from 'zod';

/** The counts of a repository. */
export const pullCountsSchema = z.object({
  repository: z.string(),
  /** By digest; those never pulled are left out. */
  pulls: z
    .array(
      z.object({
        digest: z.string(),
        count: z.int(),
        /** ISO 8601, UTC. */
        lastPulledAt: z.string(),
      }),
    )
    .readonly(),
});
