/** An entry that says again what is committed, above entries that tell otherwise. */
import { highestNumber } from '../../core/history.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { promote } from '../../promotion/promote.ts';
import type { CommitTerms } from '../ledger/lane-hand.ts';
import { settlementEntry } from './entries.ts';
import { laneFor } from './lane-for.ts';
import type { PassContext } from './pass-context.ts';

/** What is committed. */
export interface Released {
  readonly digest: Digest;
  readonly version?: string | undefined;
}

/** Runs it as a new entry, under the terms. Rule: lane-protocol, "5a". */
export async function settle(released: Released, terms: CommitTerms, context: PassContext): Promise<void> {
  const { hand, seen, parts, signal } = context;
  const entry = settlementEntry(released.digest, released.version, context);
  await parts.onStep('reserve', hand.lane);
  const number = await hand.reserve(entry.commandId, highestNumber(seen.view.history), false);
  await promote({ ...entry, number }, laneFor(context, terms, undefined), signal);
}
