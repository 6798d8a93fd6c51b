/** What the embedded registry answers when a user or token is gone. */
import { z } from 'zod';

/** A user who was removed. */
export const removedUserSchema = z.object({ removed: z.string() });

/** A token that was revoked. */
export const revokedTokenSchema = z.object({ revoked: z.string() });
