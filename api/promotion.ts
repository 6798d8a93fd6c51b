/** Promotions and rollbacks on the wire: the two requests, the answer to them, and what became of one. */
import { z } from 'zod';
import {
  appNameSchema,
  digestTextSchema,
  environmentNameSchema,
  reasonTextSchema,
  timeTextSchema,
  versionCharsMax,
  versionTextSchema,
} from './field.ts';
import { planViewSchema } from './plan.ts';
import { reasonSchema } from './reason.ts';

/** Body of a promotion request; the path names app and environment. */
export const promotionBodySchema = z
  .strictObject({
    version: versionTextSchema.optional(),
    digest: digestTextSchema.optional(),
    reason: reasonTextSchema.optional(),
    expectedCurrent: digestTextSchema
      .optional()
      .meta({ description: 'Digest the caller saw as current; another one there is a conflict.' }),
    dryRun: z.boolean().optional().meta({ description: 'Answer the plan and change nothing.' }),
  })
  .meta({
    id: 'PromotionBody',
    description: 'Neither version nor digest: what is current in the environment before. Both: they must agree.',
  });

/** A request to make a release current in an environment. */
export const promotionRequestSchema = promotionBodySchema.extend({
  app: appNameSchema,
  environment: environmentNameSchema,
});

/** What is to become current, and where. */
export type PromotionRequest = z.infer<typeof promotionRequestSchema>;

/** Body of a rollback request; the path names app and environment. */
export const rollbackBodySchema = z
  .strictObject({
    to: z
      .string()
      .min(1)
      .max(Math.max(versionCharsMax, 'sha512:'.length + 128))
      .optional()
      .meta({ description: 'Version, digest or history number (r12); absent: the last good release.' }),
    reason: reasonTextSchema.min(1),
    expectedCurrent: digestTextSchema
      .optional()
      .meta({ description: 'Digest the caller saw as current; another one there is a conflict.' }),
    dryRun: z.boolean().optional().meta({ description: 'Answer the plan and change nothing.' }),
  })
  .meta({ id: 'RollbackBody', description: 'Where to go back to, and why.' });

/** A request to make an earlier release current again. */
export const rollbackRequestSchema = rollbackBodySchema.extend({
  app: appNameSchema,
  environment: environmentNameSchema,
});

/** What is to become current again, where and why. */
export type RollbackRequest = z.infer<typeof rollbackRequestSchema>;

/** The lifetime words, in order; the last five are ends. */
export const promotionStates = [
  'requested',
  'waiting',
  'copying',
  'proving',
  'moving',
  'promoted',
  'refused',
  'failed',
  'cancelled',
  'superseded',
] as const;

/** One of the lifetime words. */
export type PromotionState = (typeof promotionStates)[number];

const countSchema = z.int().min(0);

/** How far the copy is. What need not move is not in `bytesTotal`. */
const progressSchema = z.object({
  bytesCopied: countSchema,
  bytesTotal: countSchema,
  blobs: z
    .object({
      total: countSchema.meta({ description: 'As far as they are known by now.' }),
      copied: countSchema,
      mounted: countSchema.meta({ description: 'Made available from another repository of the registry.' }),
      present: countSchema.meta({ description: 'There already.' }),
      skipped: countSchema.meta({ description: 'Left out: their makers want them fetched from elsewhere.' }),
    })
    .optional(),
});

/** One promotion or rollback and what became of it. */
export const promotionViewSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['promotion', 'rollback']),
    app: z.string(),
    environment: z.string(),
    version: z.string().optional(),
    digest: digestTextSchema,
    from: digestTextSchema.optional().meta({ description: 'Digest that was current before.' }),
    state: z.enum(promotionStates),
    actor: z.string(),
    reason: z.string().optional(),
    requestedAt: timeTextSchema,
    finishedAt: timeTextSchema.optional(),
    number: z.int().min(0).optional().meta({ description: 'History number: 12 is r12.' }),
    error: reasonSchema.optional(),
    progress: progressSchema.optional(),
    attempts: z.int().min(0),
    planId: z.string(),
  })
  .meta({ id: 'Promotion', description: 'One promotion or rollback and what became of it.' });

/** One promotion or rollback, as it stands. */
export type PromotionView = z.infer<typeof promotionViewSchema>;

/** Answer to a request: its plan, and the promotion when one was queued. */
export const submittedSchema = z
  .object({
    changed: z
      .boolean()
      .meta({ description: 'False: it is already so, or nothing was asked to change; nothing was queued.' }),
    plan: planViewSchema,
    promotion: promotionViewSchema.optional(),
  })
  .meta({ id: 'Submitted', description: 'The plan, and the promotion when one was queued.' });

/** The plan, and the promotion when one was queued. */
export type Submitted = z.infer<typeof submittedSchema>;
