/** The history of a tag in the embedded registry, and its changes, on the wire. */
import { z } from 'zod';
import { tagMoveWays } from '../../core/tag-move.ts';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';

/** Header with the reason for breaking glass: text in UTF-8, one byte a character. */
export const breakGlassHeader = 'registry-action-break-glass';

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));

const tagMoveSchema = z.object({
  number: z.number().int().positive(),
  at: z.iso.datetime(),
  from: digest.optional(),
  to: digest.optional(),
  lost: digest.optional(),
  by: z.string(),
  how: z.enum(tagMoveWays),
  fence: z.number().optional(),
  command: z.string().optional(),
  reason: z.string().optional(),
  overrode: z.array(z.string()).readonly().optional(),
});

/** One page, the newest move first. */
export const tagHistorySchema = z.object({
  repository: z.string(),
  tag: z.string(),
  /** What it names; absent when it was removed. */
  digest: digest.optional(),
  fence: z.number().optional(),
  /** Its record is damaged: nobody knows what it names, and the moves are those that other records tell. */
  damaged: z.literal(true).optional(),
  moves: z.array(tagMoveSchema).readonly(),
  /** What to give as `before` for the next page. */
  next: z.number().int().positive().optional(),
});
export type TagHistory = z.infer<typeof tagHistorySchema>;
export type ToldTagMove = z.infer<typeof tagMoveSchema>;

/** What came of a change, or would. */
export const tagChangeSchema = z.object({
  changed: z.boolean(),
  repository: z.string(),
  tag: z.string(),
  /** Of the move, when there was one. */
  number: z.number().optional(),
  from: digest.optional(),
  to: digest.optional(),
  /** Codes of the rules that break-glass overrode. */
  overrode: z.array(z.string()).readonly(),
});
export type ToldTagChange = z.infer<typeof tagChangeSchema>;

/** Where a resource of the tag is: its `history`, `restore`, or `tag` itself. */
export function tagResourcePath(repository: string, tag: string, word: 'history' | 'restore' | 'tag'): string {
  return `/admin/v1/tags/${repository}/${tag}/${word}`;
}
