/** A release that was current in an environment: an entry of its ledger, oldest first in every list here. */
import type { Digest } from '../oci/spec/digest.ts';
import type { EntryKind } from './receipt.ts';

export interface ReleaseRecord {
  /** History number. */
  readonly number: number;
  readonly digest: Digest;
  readonly version: string | undefined;
  readonly kind: EntryKind;
  readonly by: string;
  readonly reason: string | undefined;
  /** When it became current. ISO 8601, UTC. */
  readonly at: string;
  readonly from: Digest | undefined;
}

/** How long the record at `index` stayed current, in milliseconds; a later record of the same digest continues the stay. */
export function stayMs(records: readonly ReleaseRecord[], index: number, now: number, parseTime: ParseTime): number {
  const record = records[index];
  if (record === undefined) return 0;
  const end = records.slice(index + 1).find((later) => later.digest !== record.digest);
  return (end === undefined ? now : parseTime(end.at)) - parseTime(record.at);
}

/** Milliseconds since the epoch of an ISO 8601 text; a parameter, because the domain reads no clock. */
export type ParseTime = (iso: string) => number;
