/** The history of a lane: the registry's own entries, told by the ledger where it knows more. */
import type { HistoryEntry as EntryView, HistoryView } from '../../api/history.ts';
import { locate } from '../../core/environment.ts';
import { type HistoryEntry, readHistory } from '../../core/history.ts';
import type { ReleaseRecord } from '../../core/release-record.ts';
import { isGood } from '../../core/rollback.ts';
import type { Source } from '../../oci/copy/target.ts';
import { shortDigest } from '../../oci/spec/digest.ts';
import { collectTags } from '../../promotion/collect-tags.ts';
import { fetchReceipt } from '../../promotion/fetch-receipt.ts';
import { releaseRecord } from '../ledger/lane-hand.ts';
import { type LaneState, readLaneState } from '../ledger/lane-state.ts';
import { readRecords } from '../ledger/records.ts';
import type { Place, SubmitContext } from '../submit/context.ts';

/** Entries shown, newest first. */
const shownEntriesMax = 100;

/** How long the registry may take. */
const historyTimeoutMs = 30_000;

/** The entries of the app in the environment, newest first. */
export async function readLaneHistory(context: SubmitContext, place: Place): Promise<HistoryView> {
  const lane = { app: place.app.name, environment: place.environment.name };
  const signal = AbortSignal.timeout(historyTimeoutMs);
  const target = context.registries.repository(locate(place.environment, place.app));
  const state = await readLaneState(context.redis, lane);
  const told = tellings(await readRecords(context.redis, lane), state, place, context.now());
  const history = readHistory(lane.environment, await collectTags(target, signal));
  const shown = history.slice(-shownEntriesMax).reverse();
  const entries = await Promise.all(shown.map((entry) => viewEntry(entry, told, target, signal)));
  // An entry that retention removed between the listing and this look is history no more.
  return { ...lane, entries: entries.filter((entry) => entry !== undefined) };
}

interface Tellings {
  readonly records: ReadonlyMap<number, ReleaseRecord>;
  readonly good: ReadonlySet<number>;
  readonly state: LaneState;
}

function tellings(records: readonly ReleaseRecord[], state: LaneState, place: Place, now: number): Tellings {
  const choice = { records, quarantined: state.quarantined, goodAfterMs: place.environment.goodAfterMs };
  const good = records.filter((_, index) => isGood(choice, index, now, Date.parse));
  return {
    records: new Map(records.map((record) => [record.number, record])),
    good: new Set(good.map((record) => record.number)),
    state,
  };
}

async function viewEntry(
  entry: HistoryEntry,
  told: Tellings,
  target: Source,
  signal: AbortSignal,
): Promise<EntryView | undefined> {
  const record = told.records.get(entry.number);
  const known = record !== undefined && shortDigest(record.digest) === entry.digest12 && !entry.direct;
  const about = known ? record : await readRecord(entry, target, signal);
  const digest = about?.digest ?? (await target.resolve(entry.tag, signal))?.digest;
  if (digest === undefined) return undefined;
  return {
    number: entry.number,
    digest,
    kind: about?.kind ?? 'unknown',
    current: told.state.ledger?.number === entry.number && !entry.direct,
    receipted: entry.receipted,
    direct: entry.direct,
    good: known && told.good.has(entry.number),
    quarantined: told.state.quarantined.has(digest),
    ...(about === undefined ? {} : { by: about.by, at: about.at }),
    ...(about?.version === undefined ? {} : { version: about.version }),
    ...(about?.reason === undefined ? {} : { reason: about.reason }),
    ...(about?.from === undefined ? {} : { from: about.from }),
  };
}

async function readRecord(
  entry: HistoryEntry,
  target: Source,
  signal: AbortSignal,
): Promise<ReleaseRecord | undefined> {
  if (!entry.receipted) return undefined;
  const { receipt } = await fetchReceipt(target, entry, signal);
  return releaseRecord(receipt);
}
