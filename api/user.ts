/** Users with passwords on the wire. A password goes in and never comes out. */
import { z } from 'zod';
import { roles } from '../core/access.ts';
import { memberNameSchema } from './field.ts';

/** A request for a user. What may be a password is the directory's to say: it says so without repeating it. */
export const userRequestSchema = z
  .strictObject({
    name: memberNameSchema,
    password: z.string().meta({
      description: '12 characters or more, at most 1024 bytes, without control characters.',
      format: 'password',
    }),
    role: z.enum(roles),
    replace: z
      .boolean()
      .optional()
      .meta({ description: 'Whether a user of that name gets this password and role; otherwise it is a conflict.' }),
  })
  .meta({ id: 'UserRequest', description: 'A request for a user who signs in to the registry with a password.' });

/** A request for a user. */
export type UserRequest = z.infer<typeof userRequestSchema>;

/** A user without password. */
export const userViewSchema = z
  .object({ name: z.string(), role: z.enum(roles) })
  .meta({ id: 'User', description: 'A user without password.' });

/** A user without password. */
export type UserView = z.infer<typeof userViewSchema>;

/** Every user there is. */
export const userListSchema = z
  .object({ users: z.array(userViewSchema).readonly() })
  .meta({ id: 'UserList', description: 'Every user there is, by name.' });

/** Every user there is. */
export type UserList = z.infer<typeof userListSchema>;
