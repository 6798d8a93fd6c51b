/** The plan on the wire: what a promotion or rollback would do; `--dry-run`, refusals and previews show the same one. */
import { z } from 'zod';
import { digestTextSchema } from './field.ts';
import { reasonSchema } from './reason.ts';

/** Whether the gates allow the plan; a refusal has at least one reason. */
export const decisionViewSchema = z
  .object({ allowed: z.boolean(), reasons: z.array(reasonSchema).readonly() })
  .meta({ id: 'Decision', description: 'Allowed, or refused with every reason.' });

/** One plan. */
export const planViewSchema = z
  .object({
    planId: z
      .string()
      .meta({ description: 'Names exactly this change: another digest, tag or policy is another plan.' }),
    kind: z.enum(['promotion', 'rollback']),
    app: z.string(),
    environment: z.string(),
    version: z.string().optional(),
    from: digestTextSchema
      .optional()
      .meta({ description: 'Digest that is current now; absent in an empty environment.' }),
    fromVersion: z.string().optional(),
    to: digestTextSchema.meta({ description: 'Digest that would be current.' }),
    toVersion: z.string().optional(),
    source: z.string().meta({ description: 'Repository the content is read from.' }),
    target: z.string().meta({ description: 'Repository whose tags move.' }),
    tags: z
      .array(z.string())
      .readonly()
      .meta({ description: 'Tags that are written, in order; the environment’s comes last.' }),
    decision: decisionViewSchema,
    willHold: z.boolean().meta({ description: 'Whether automation is held back afterwards.' }),
    supersedes: z.array(z.string()).readonly().meta({ description: 'Ids of the promotions this one replaces.' }),
    undo: z.string().meta({ description: 'The command that undoes it.' }),
  })
  .meta({ id: 'Plan', description: 'What a promotion or rollback would do.' });

/** What a promotion or rollback would do. */
export type PlanView = z.infer<typeof planViewSchema>;
