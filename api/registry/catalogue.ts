/** The repositories of the embedded registry, as `/v2/_catalog` lists them. */
import { z } from 'zod';

/** One page, in the registry's order. */
export const catalogueSchema = z.object({ repositories: z.array(z.string()).readonly() });
