/** API tokens on the wire. A secret is shown once, in the answer that creates it. */
import { z } from 'zod';
import { roles } from '../core/access.ts';
import { repositoryPatternCharsMax } from '../core/repository-pattern.ts';
import { memberNameSchema, timeTextSchema } from './field.ts';

/** Most patterns that limit one token. */
const repositoriesMax = 100;

const repositoriesSchema = z
  .array(z.string().min(1).max(repositoryPatternCharsMax))
  .min(1)
  .max(repositoriesMax)
  .readonly()
  .optional()
  .meta({
    description:
      'Repositories of the embedded registry that the role is limited to, such as team/**; absent: it holds everywhere.',
  });

/** A request for a token. */
export const tokenRequestSchema = z
  .strictObject({
    name: memberNameSchema.meta({ description: 'Who or what will use it; the actor’s name in records.' }),
    role: z.enum(roles),
    expiresAt: timeTextSchema.optional().meta({ description: 'Absent: it does not expire.' }),
    repositories: repositoriesSchema,
  })
  .meta({ id: 'TokenRequest', description: 'A request for an API token.' });

/** A request for a token. */
export type TokenRequest = z.infer<typeof tokenRequestSchema>;

/** A new token with its secret. */
export const tokenCreatedSchema = z
  .object({
    id: z.string(),
    secret: z.string().meta({ description: 'The whole token, shown only now.' }),
    name: z.string(),
    role: z.enum(roles),
    expiresAt: timeTextSchema.optional(),
    repositories: repositoriesSchema,
  })
  .meta({ id: 'TokenCreated', description: 'A new token; its secret is shown only now.' });

/** A new token with its secret. */
export type TokenCreated = z.infer<typeof tokenCreatedSchema>;

/** A token without its secret. */
export const tokenViewSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(roles),
    createdAt: timeTextSchema,
    expiresAt: timeTextSchema.optional(),
    repositories: repositoriesSchema,
  })
  .meta({ id: 'Token', description: 'A token without its secret.' });

/** A token without its secret. */
export type TokenView = z.infer<typeof tokenViewSchema>;

/** Every token there is. */
export const tokenListSchema = z
  .object({ tokens: z.array(tokenViewSchema).readonly() })
  .meta({ id: 'TokenList', description: 'Every token there is, without secrets.' });

/** Every token there is. */
export type TokenList = z.infer<typeof tokenListSchema>;
