/** Where retention rules come in: tags go first, and then the collection finds what they kept. */
import type { RetiredTag } from './collection-report.ts';

/**
 * Takes away the tags that rules let go of, and names them; of a dry run it only names them. What a dry run names is
 * still there when the rest is planned, so that its manifests are not among what would be collected.
 */
export type RetentionStep = (options: { readonly dryRun: boolean }) => Promise<readonly RetiredTag[]>;

/** Lets go of no tag. */
export const keepAllTags: RetentionStep = async () => [];
