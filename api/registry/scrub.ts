/** What a scrub of the embedded registry found, on the wire. */
import { z } from 'zod';

/** Where scrubs are begun, and where the latest is read. */
export const scrubsPath = '/admin/v1/scrubs';

const countsSchema = z.object({
  blobs: z.number(),
  bytes: z.number(),
  repositories: z.number(),
  manifests: z.number(),
  tags: z.number(),
});

const reportSchema = z.object({
  beganAt: z.number(),
  endedAt: z.number(),
  read: countsSchema,
  damaged: z
    .array(
      z.object({
        kind: z.enum(['blob', 'manifest', 'tag']),
        repository: z.string().optional(),
        name: z.string(),
        why: z.string(),
      }),
    )
    .readonly(),
  missing: z
    .array(
      z.object({
        kind: z.enum(['blob', 'manifest']),
        repository: z.string(),
        digest: z.string(),
        tags: z.array(z.string()).readonly(),
        // A scrub of an earlier version did not tell.
        manifests: z.array(z.string()).readonly().default([]),
      }),
    )
    .readonly(),
  cleared: z.number(),
  inQuarantine: z.number(),
  unlisted: z.number(),
});

/** One scrub; without a report it is under way. */
export const scrubSchema = z.object({ id: z.string(), read: countsSchema, report: reportSchema.optional() });

export type ScrubReportView = z.infer<typeof reportSchema>;
