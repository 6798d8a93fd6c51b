/** Where retention rules come in: tags go first, and then the collection finds what they kept. */
import type { RetiredTag } from './retired-tag.ts';

/** Takes away the tags that rules let go of, and names them; of a dry run it only names them. */
export type RetentionStep = (options: { readonly dryRun: boolean }) => Promise<readonly RetiredTag[]>;
