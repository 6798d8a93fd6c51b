/** What a collection of the embedded registry took away, or would, on the wire. */
import { z } from 'zod';

/** Where collections are begun; below it each has its own place, by its id. */
export const collectionsPath = '/admin/v1/collections';

const placeSchema = z.object({ repository: z.string(), digest: z.string() });

const reportSchema = z.object({
  dryRun: z.boolean(),
  /** Epoch milliseconds. */
  beganAt: z.number(),
  endedAt: z.number(),
  kept: z.object({ repositories: z.number(), manifests: z.number(), blobs: z.number() }),
  counts: z.object({
    tags: z.number(),
    manifests: z.number(),
    blobs: z.number(),
    referrerEntries: z.number(),
    trashed: z.number(),
    trashedBytes: z.number(),
    removed: z.number(),
    removedBytes: z.number(),
    restored: z.number(),
    spared: z.number(),
  }),
  listed: z.object({
    tags: z.array(placeSchema.extend({ tag: z.string() })).readonly(),
    manifests: z.array(placeSchema).readonly(),
    blobs: z.array(placeSchema).readonly(),
    trashed: z.array(z.string()).readonly(),
    removed: z.array(z.string()).readonly(),
    unlisted: z.number(),
  }),
  more: z.boolean(),
});

/** A collection; its report is absent while it is under way. */
export const collectionSchema = z.object({ id: z.string(), dryRun: z.boolean(), report: reportSchema.optional() });

export type CollectionReportView = z.infer<typeof reportSchema>;
