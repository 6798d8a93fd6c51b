/** Repositories of one registry, as their client keeps them together. */
import type { Exchange } from './exchange.ts';
import type { ReferrersSupport } from './referrers-support.ts';
import type { TagsSupport } from './tags-support.ts';
import type { Uploads } from './upload/uploads.ts';

/** What the repositories of one client have in common. */
export interface Siblings {
  readonly exchange: Exchange;
  readonly uploads: Uploads;
  readonly tagging: TagsSupport;
  readonly referrers: ReferrersSupport;
  /** Of which family the registry is, if of any. */
  readonly family: string | undefined;
}
