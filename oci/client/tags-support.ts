/** What a client has learnt of its registry's taking several tags at once. */

/** Whether a registry takes several tags in one request, for as long as its client lives. */
export interface TagsSupport {
  atOnce: 'unknown' | 'works' | 'refused';
}

/** Nothing is known yet. */
export function openTagsSupport(): TagsSupport {
  return { atOnce: 'unknown' };
}
