/** What the properties S1 to S6 say of the model's states. */
import { decide } from '../../core/lane.ts';
import { deeds, emptyViewOf, letterOf, type ModelEntry, type ModelState, type Witness } from './lane-model-state.ts';

/** Notes that the entry, under its receipt, became the ledger's: S1, and the first half of S4. */
export function noteCommit({ seen, redis }: ModelState, { receipt, owner, number, digest }: ModelEntry): Witness {
  const next = { ...seen, current: digest, currentNumber: number, isFirm: true };
  if (receipt === deeds.settle && digest !== seen.current && seen.isFirm) {
    return broken(next, 'S2: a settlement changed the digest');
  }
  const id = receipt === deeds.complete || receipt === undefined ? owner : receipt;
  const isCommitted = seen.committed.includes(id);
  // Two runs of Redis gave out one number: the fork is reported, and whose entry was completed cannot be told.
  if (receipt === deeds.complete && redis.reserved.includes(number)) return next;
  // After a failover a command may run once more, in a row: nobody can tell that its entry was completed for it.
  if (id < 0 || (isCommitted && redis.run > 0 && digest === seen.current)) return next;
  if (isCommitted) return broken(next, `S4: command ${id} committed twice`);
  const last = seen.accepted.at(-1);
  // A failover may lose the newest command; an older one for the same digest then stands in for it.
  const standsIn = redis.run > 0 && last !== undefined && redis.commands[last]?.digest === digest;
  const order = seen.accepted.indexOf(id);
  const newer = seen.committed.find((other) => seen.accepted.indexOf(other) > order);
  const isJoined = ([from, to]: readonly [number, number]) => to === id && redis.commands[from]?.status === 'joined';
  const joined = seen.joined.filter(isJoined).map(([from]) => from);
  const committed = [...seen.committed, id, ...joined].sort();
  return newer === undefined || standsIn
    ? { ...next, committed }
    : broken(next, `S1: command ${id} committed after ${newer}, which is newer`);
}

/** Notes that an import took an entry of the registry as the newest commit. */
export function noteImport(state: ModelState, entry: ModelEntry): Witness {
  const { seen } = state;
  if (entry.number === seen.currentNumber && entry.digest === seen.current) return seen;
  if (entry.number < seen.currentNumber) return broken(seen, 'S2: an import went back');
  return { ...noteCommit(state, entry), isFirm: false };
}

/** S4: an import does not supersede the next command because of that command's own entry, whose number was lost. */
export function noteSuperseded(state: ModelState, history: readonly ModelEntry[], ids: readonly number[]): Witness {
  const top = history.findLast((entry) => !entry.isDirect);
  if (top === undefined || state.redis.reserved.includes(top.number)) return state.seen;
  const isAbove = history.every((entry) => entry.receipt === undefined || entry.number < top.number);
  if (!isAbove || ids[0] !== top.owner) return state.seen;
  return broken(state.seen, `S4: an import superseded command ${top.owner} for its own entry`);
}

/** S3: no number names two digests. Of two runs of Redis it may: that fork is reported. */
export function noteEntry(seen: Witness, entries: readonly ModelEntry[], entry: ModelEntry): Witness {
  const fork = entries.some(
    (other) =>
      other.number === entry.number && other.digest !== entry.digest && !other.isDirect && other.run === entry.run,
  );
  return fork ? broken(seen, `S3: r${entry.number} names two digests`) : seen;
}

export function broken(seen: Witness, breach: string): Witness {
  return { ...seen, breach: seen.breach ?? breach };
}

/** What must hold once nothing is under way: S2, the second half of S4, S5, S6. */
export function breachAtRest({ redis, tag, seen, entries }: ModelState): string | undefined {
  if (tag !== redis.ledgerDigest) return `S2: the tag is on ${tag}, the ledger on ${redis.ledgerDigest}`;
  if (redis.ledgerDigest !== seen.current)
    return `S2: the ledger is on ${redis.ledgerDigest}, committed was ${seen.current}`;
  const lost = redis.commands.findIndex(({ status }, id) => status === 'waiting' && !seen.committed.includes(id));
  if (lost >= 0) return `S4: command ${lost} neither committed nor ended`;
  if (seen.direct === 'last' && tag !== entries.find((entry) => entry.isDirect)?.digest) {
    return `S6: the direct rollback lost against ${tag}`;
  }
  return undefined;
}

/** S5: what the registry alone would tell. */
export function rebuiltDigest(state: ModelState): string | undefined {
  const view = emptyViewOf(state);
  const step = decide(view);
  if (step.kind !== 'import') return undefined;
  if (step.above.kind === 'complete') return step.above.entry.digest12.charAt(0);
  const direct = view.history.findLast((entry) => entry.direct && entry.number > (step.newest?.number ?? 0));
  return letterOf((direct ?? step.newest)?.digest12 ?? '');
}
