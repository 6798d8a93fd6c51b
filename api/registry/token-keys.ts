/** Taking a new key for the embedded registry's own tokens. */
import { z } from 'zod';

/** What the registry answers. */
export const rotatedKeySchema = z.object({
  /** The name of the key that signs from now on. */
  keyId: z.string(),
});
