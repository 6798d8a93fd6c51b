/** The history entry that a lane is about to write, whatever asked for it. */
import type { EntryKind } from '../core/receipt.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { Tag } from '../oci/spec/tag.ts';

export interface Entry {
  readonly app: string;
  readonly environment: string;
  /** Reserved before anything was copied. Rule: lane-protocol, "6". */
  readonly number: number;
  readonly kind: EntryKind;
  readonly digest: Digest;
  readonly version: string | undefined;
  /** Digest that is current before. */
  readonly from: Digest | undefined;
  /** Number of the ledger's newest entry as *decide* read it; 0 for none. Rule: lane-protocol, "9". */
  readonly ledgerNumber: number;
  /** Digests of the receipts this one follows. */
  readonly previous: readonly Digest[];
  readonly commandId: string;
  readonly planId: string | undefined;
  readonly actor: string;
  readonly automatic: boolean;
  readonly reason: string | undefined;
  /** Whether automation is held from here on: newly, or still. */
  readonly holds: boolean;
  /** For an adoption: every direct tag seen, and the one adopted. */
  readonly directTags: readonly Tag[];
}
