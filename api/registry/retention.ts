/** What retention rules make of the tags of a repository, on the wire. */
import { z } from 'zod';

/** Followed by the repository's name. */
export const retentionPath = '/admin/v1/retention/';

/** `rule` counts from 0, as in the configuration. */
export const retentionSchema = z.object({
  repository: z.string(),
  verdicts: z
    .array(
      z.object({
        tag: z.string(),
        digest: z.string(),
        stays: z.boolean(),
        rule: z.number().optional(),
        because: z.array(z.string()).readonly().optional(),
      }),
    )
    .readonly(),
});
