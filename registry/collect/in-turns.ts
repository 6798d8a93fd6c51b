/** Going through what may be very much, while others have their turn. */

/** Entries between two turns of others. */
const entriesPerTurn = 256;

/** The entries, with a turn for others now and then. */
export async function* inTurns<Entry>(
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  yieldTurn: () => Promise<void>,
): AsyncIterable<Entry> {
  let given = 0;
  for await (const entry of entries) {
    given += 1;
    if (given % entriesPerTurn === 0) await yieldTurn();
    yield entry;
  }
}
