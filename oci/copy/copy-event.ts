/** What a copy reports while it runs. */
import type { Descriptor } from '../spec/descriptor.ts';

/**
 * For each distinct manifest and blob of the graph first `started`, as soon as its existence is known (so a bar learns
 * its total early), and at the end `copied`, `mounted` or `present`, unless the copy fails.
 *
 * `progressed` counts the bytes since the last event of that content; it is negative when an attempt starts over.
 * For what is copied, they add up to its size. `skipped` comes alone: a layer that its maker wants fetched from elsewhere.
 */
export type CopyEvent =
  | { readonly kind: 'started'; readonly descriptor: Descriptor }
  | { readonly kind: 'progressed'; readonly descriptor: Descriptor; readonly bytes: number }
  | { readonly kind: CopyOutcome; readonly descriptor: Descriptor }
  | { readonly kind: 'skipped'; readonly descriptor: Descriptor };

/** How content came to be at the target: over the wire, from a repository beside it, or it was there. */
export type CopyOutcome = 'copied' | 'mounted' | 'present';
