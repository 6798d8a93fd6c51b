/** Who is signed in, on the wire, and what they may do where. */
import { z } from 'zod';
import { roles } from '../core/access.ts';
import { timeTextSchema } from './field.ts';

/** What somebody may do in some places. */
export const grantViewSchema = z
  .object({
    may: z.array(z.string()).readonly().meta({ description: 'Verbs, such as promote.' }),
    environments: z.array(z.string()).readonly().optional().meta({ description: 'Absent: everywhere.' }),
    apps: z.array(z.string()).readonly().optional().meta({ description: 'Absent: for every app.' }),
    repositories: z
      .array(z.string())
      .readonly()
      .optional()
      .meta({ description: 'Patterns of repositories of the embedded registry, for what is done in these.' }),
    rule: z.int().min(1).optional().meta({ description: 'Which access rule of the configuration gives it.' }),
  })
  .meta({ id: 'Grant', description: 'What somebody may do in some places.' });

/** What somebody may do in some places. */
export type GrantView = z.infer<typeof grantViewSchema>;

/** Which run of which workflow a workload belongs to. */
const runViewSchema = z.object({
  by: z.string().optional().meta({ description: 'Account that set the run off.' }),
  id: z.string().optional(),
  attempt: z.string().optional(),
  workflow: z.string().optional().meta({ description: 'Workflow file with its git ref.' }),
  event: z.string().optional(),
});

/** Who is signed in. */
export const whoamiSchema = z
  .object({
    actor: z.string().meta({ description: 'Name in records, such as ann or github:acme/web.' }),
    kind: z.enum(['token', 'workload']),
    role: z.enum(roles).optional().meta({ description: 'Of a token.' }),
    grants: z.array(grantViewSchema).readonly(),
    run: runViewSchema.optional().meta({ description: 'Of a workload.' }),
    notes: z
      .array(z.string())
      .readonly()
      .meta({ description: 'What refuses nothing but somebody should know, such as a repository’s new name.' }),
    expiresAt: timeTextSchema.optional().meta({ description: 'When a workload has to sign in anew.' }),
  })
  .meta({ id: 'Whoami', description: 'Who is signed in, and what they may do where.' });

/** Who is signed in, and what they may do where. */
export type Whoami = z.infer<typeof whoamiSchema>;
