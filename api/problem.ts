/** What the API answers when it cannot do what was asked. Spec: RFC 9457, "Members of a Problem Details Object". */
import { z } from 'zod';
import { planViewSchema } from './plan.ts';
import { reasonSchema } from './reason.ts';

/** Media type of every error answer. */
export const problemMediaType = 'application/problem+json';

/** One problem: `code` is stable and for machines, `detail` and `wayOut` are for people. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'URN of the code, such as urn:registry-action:error:APP_UNKNOWN.' }),
    title: z.string().meta({ description: 'What the code means, the same for each occurrence.' }),
    status: z.int().min(400).max(599).meta({ description: 'HTTP status of the answer.' }),
    code: z.string().meta({ description: 'Stable code, such as APP_UNKNOWN.' }),
    detail: z.string().meta({ description: 'What happened this time.' }),
    wayOut: z.string().meta({ description: 'What to do next.' }),
    instance: z.string().meta({ description: 'Path of the request.' }),
    requestId: z.string().meta({ description: 'Id of the request in the service’s log.' }),
    reasons: z
      .array(reasonSchema)
      .readonly()
      .optional()
      .meta({ description: 'Every reason of a refusal, or every fault of a malformed request.' }),
    plan: planViewSchema.optional().meta({ description: 'The plan that was refused.' }),
    fields: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).readonly()]))
      .optional()
      .meta({ description: 'Values of this occurrence for machines.' }),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457) with a stable code and a way out.' });

/** A problem as it is sent. */
export type Problem = z.infer<typeof problemSchema>;
