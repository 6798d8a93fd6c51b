/** The worker of the lane's model: the steps of service/lanes and promotion, one atomic effect each. */
import type { HistoryEntry } from '../../core/history.ts';
import { decide, type ImportStep, isIntended, type LaneStep, type LaneView } from '../../core/lane.ts';
import type { ModelHabit, ModelRule } from './lane-model-rules.ts';
import {
  type Bounds,
  deeds,
  type Flight,
  letterOf,
  type ModelEntry,
  type ModelRedis,
  type ModelState,
  type ModelWorker,
  resting,
  viewOf,
} from './lane-model-state.ts';
import { broken, noteCommit, noteEntry, noteImport, noteSuperseded } from './lane-model-witness.ts';

export interface Model {
  readonly bounds: Bounds;
  /** Rules that are not upheld. */
  readonly without: ReadonlySet<ModelRule | ModelHabit>;
}

/** One worker in a state, about to take a step. */
interface Turn {
  readonly state: ModelState;
  readonly index: 0 | 1;
  readonly worker: ModelWorker;
  readonly model: Model;
}

/** Rule 4, *begin*, and the first look. */
export function begin(state: ModelState, index: 0 | 1, model: Model): ModelState {
  const [one, two] = state.workers;
  const token = 1 + Math.max(one.token, two.token, state.redis.token, state.replica?.token ?? 0);
  const worker: ModelWorker = { ...resting, place: 'look', token, run: state.redis.run };
  const begun = withWorker({ ...state, redis: { ...state.redis, token } }, index, worker);
  return step(begun, index, model);
}

/** The worker's next step when nothing goes wrong. */
export function step(state: ModelState, index: 0 | 1, model: Model): ModelState {
  const worker = state.workers[index];
  const turn = { state, index, worker, model };
  switch (worker.place) {
    case 'rest':
      return state;
    case 'look':
      return model.bounds.fine
        ? withWorker(state, index, { ...worker, place: 'decide', listed: state.entries })
        : obey(turn, state.entries);
    case 'decide':
      return obey(turn, worker.listed);
    case 'history':
      return withWorker(landed(state, { kind: 'history', entry: entryOf(worker) }), index, at(worker, 'intent'));
    case 'intent':
      if (model.without.has('write-never-skipped') && state.tag === worker.digest && !isFenced(turn)) {
        return withWorker(state, index, at(worker, 'retire'));
      }
      return isFenced(turn) ? rest(turn) : withWorker(state, index, { ...at(worker, 'tag'), isIntentOpen: true });
    case 'tag': {
      const written = withWorker(landed(state, { kind: 'tag', digest: worker.digest }), index, at(worker, 'retire'));
      return model.bounds.fine ? written : step(written, index, model);
    }
    case 'retire':
      return retire(turn);
    case 'review':
      return review(turn);
    case 'receipt':
      return withWorker(landed(state, { kind: 'receipt', entry: entryOf(worker) }), index, at(worker, 'commit'));
    case 'commit':
      return commit(turn);
  }
}

/** The write that the worker is about to send; undefined when its step is none. */
export function pendingWrite(worker: ModelWorker): Flight | undefined {
  if (worker.place === 'tag') return { kind: 'tag', digest: worker.digest };
  if (worker.place !== 'history' && worker.place !== 'receipt') return undefined;
  return { kind: worker.place, entry: entryOf(worker) };
}

/** The state once the write has landed. */
export function landed(state: ModelState, flight: Flight): ModelState {
  if (flight.kind === 'tag') return { ...state, tag: flight.digest };
  const { entry } = flight;
  const known = state.entries.findIndex(
    (other) => other.number === entry.number && other.digest === entry.digest && other.isDirect === entry.isDirect,
  );
  if (flight.kind === 'receipt') {
    return {
      ...state,
      entries: state.entries.map((some, at) => (at === known ? { ...some, receipt: entry.receipt } : some)),
    };
  }
  if (known >= 0) return state;
  const entries = [...state.entries, { ...entry, receipt: undefined }].sort(byNumberAndName);
  return { ...state, entries, seen: noteEntry(state.seen, state.entries, entry) };
}

/** The worker stops here, for whatever reason; an intent that it had open stays open. */
export function stop(state: ModelState, index: 0 | 1): ModelState {
  return withWorker(orphaned(state, index), index, resting);
}

/** The worker's write got no answer: it announces the next attempt. Rule 7. */
export function retry(state: ModelState, index: 0 | 1, model: Model): ModelState {
  const kept = model.without.has('intent-per-attempt') ? state : orphaned(state, index);
  return withWorker(kept, index, at(kept.workers[index], 'intent'));
}

/** The worker gives its command up: `endHead`. */
export function fail(state: ModelState, index: 0 | 1, model: Model): ModelState {
  const left = orphaned(state, index);
  const worker = left.workers[index];
  const { redis } = left;
  const head = redis.mailbox[0];
  if (head === undefined || isFenced({ state: left, worker, model })) return stop(left, index);
  const ended = { ...ending(redis, [head], 'failed'), mailbox: redis.mailbox.slice(1), started: -1 };
  return withWorker({ ...left, redis: ended }, index, looking(worker));
}

/** Whether the worker may write in the ledger no more. Rule 1. */
export function isFenced({ state, worker, model }: Omit<Turn, 'index'>): boolean {
  if (worker.token !== state.redis.token) return true;
  return worker.run !== state.redis.run && !model.without.has('run-id-in-token');
}

/** Redis with the commands at their end. */
export function ending(
  redis: ModelRedis,
  ids: readonly number[],
  status: 'promoted' | 'superseded' | 'failed',
): ModelRedis {
  if (ids.length === 0) return redis;
  return {
    ...redis,
    commands: redis.commands.map((command, id) => (ids.includes(id) ? { ...command, status } : command)),
    reserved: redis.reserved.map((number, id) => (ids.includes(id) ? 0 : number)),
  };
}

export function withWorker(state: ModelState, index: 0 | 1, worker: ModelWorker): ModelState {
  return { ...state, workers: index === 0 ? [worker, state.workers[1]] : [state.workers[0], worker] };
}

/** Open intents as a set: those of dead attempts differ by nothing but their digest. */
export function opened(intents: string, digests: string): string {
  return [...new Set(intents + digests)].sort().join('');
}

/** The real `decide`, but for the rules that are switched off. */
export function decideWithout(view: LaneView, without: ReadonlySet<ModelRule | ModelHabit>): LaneStep {
  const decided = decide(without.has('own-flip-runs-again') ? { ...view, headIsStarted: false } : view);
  const isLate = view.tag !== undefined && isIntended(view.intents, view.tag);
  const off: ModelRule = isLate ? 'late-write-repaired' : 'half-written-repaired';
  if (decided.kind === 'settle' && without.has('failure-settled')) return { kind: 'idle', drifted: false };
  if (decided.kind !== 'repair' || !without.has(off)) return decided;
  return view.head === undefined ? { kind: 'idle', drifted: true } : { kind: 'run', command: view.head };
}

/** Rule 5: the first step of what `decide` says, up to the next write to the registry. */
function obey(turn: Turn, history: readonly ModelEntry[]): ModelState {
  const { state, model } = turn;
  const decided = decideWithout(viewOf(state, history, model.bounds.drift), model.without);
  if (isFenced(turn)) return rest(turn);
  switch (decided.kind) {
    case 'idle':
      return rest(turn);
    case 'import':
      return importHistory(turn, decided, history);
    case 'adopt':
      return adopt(turn, decided, history);
    case 'repair': {
      const digest = letterOf(decided.digest);
      return advance(turn, { place: 'tag', id: deeds.repair, digest, isIntentOpen: true });
    }
    case 'settle':
      return write(turn, deeds.settle, letterOf(decided.digest), history);
    case 'run':
      return run(turn, Number(decided.command.id), history);
    case 'refuse-drift':
    case 'adopt-tag':
      return { ...state, seen: broken(state.seen, `S2: ${decided.kind}, though no other hands are here`) };
  }
}

/** Rule 5d. */
function run(turn: Turn, id: number, history: readonly ModelEntry[]): ModelState {
  const { redis } = turn.state;
  const digest = redis.commands[id]?.digest ?? '';
  const started = { ...turn, state: { ...turn.state, redis: { ...redis, started: id } } };
  if (turn.model.without.has('stay-writes-entry') && digest === redis.ledgerDigest && redis.commands[id]?.isRollback) {
    return advance(started, { place: 'intent', id, digest });
  }
  return write(started, id, digest, history);
}

/** Rule 5b. */
function adopt(turn: Turn, decided: Extract<LaneStep, { kind: 'adopt' }>, history: readonly ModelEntry[]): ModelState {
  const { redis } = turn.state;
  const seen = turn.model.without.has('direct-opens-intent') ? '' : decided.seen.map(letterOfEntry).join('');
  const opening = { ...turn.state, redis: { ...redis, intents: opened(redis.intents, seen) } };
  return write({ ...turn, state: opening }, deeds.adopt, letterOfEntry(decided.direct), history);
}

/** Rule 5a. */
function importHistory(turn: Turn, decided: ImportStep, history: readonly ModelEntry[]): ModelState {
  const { state, model } = turn;
  const before = state.redis;
  const newest = history.find(
    ({ number, digest }) => number === decided.newest?.number && digest === decided.newest.digest12.charAt(0),
  );
  const receipted = history.filter(({ number }) => number > before.ledgerNumber).map(({ receipt }) => receipt ?? -1);
  const done = before.mailbox.filter((id) => receipted.includes(id));
  const { above } = decided;
  const left = before.mailbox.filter((id) => !done.includes(id) && before.commands[id]?.run !== before.run);
  const owner = ownerOf(turn, history, left);
  const highest = history.findLast(({ isDirect }) => !isDirect)?.number ?? 0;
  const isBeyond = highest > Math.max(before.reservedMax, before.ledgerNumber) && owner === undefined;
  const isAdopted = newest?.receipt === deeds.adopt && !model.without.has('import-heeds-adoption');
  const isAhead = newest !== undefined && !model.without.has('import-supersedes');
  const supersedesAll = isAdopted || (isBeyond && !model.without.has('import-supersedes-all'));
  const stale = left.filter((id) => supersedesAll || (isAhead && id !== owner && !before.commands[id]?.isRollback));
  const intents = model.without.has('import-opens-intents') ? '' : history.map(({ digest }) => digest).join('');
  const redis: ModelRedis = {
    ...ending(ending(before, done, 'promoted'), stale, 'superseded'),
    ...(newest === undefined ? {} : { ledgerNumber: newest.number, ledgerDigest: newest.digest }),
    mailbox: before.mailbox.filter((id) => !done.includes(id) && !stale.includes(id)),
    intents: opened(before.intents, intents),
    started: -1,
  };
  const noted = { ...state, redis, seen: noteSuperseded(state, history, stale) };
  const seen = newest === undefined ? noted.seen : noteImport(noted, newest);
  const imported = { ...turn, state: { ...noted, seen } };
  if (above.kind !== 'complete') return finishImport(imported, decided, history);
  const { number } = above.entry;
  const isSettlement = before.reserved[slotOf(before, deeds.settle, letterOfEntry(above.entry), model)] === number;
  const id = owner ?? (isSettlement ? deeds.settle : deeds.complete);
  return advance(imported, { place: 'receipt', id, number, digest: letterOfEntry(above.entry) });
}

/** `findAuthor`: the command that wrote the topmost entry, by its number, else the one that was next. */
function ownerOf({ state, model }: Turn, history: readonly ModelEntry[], left: readonly number[]): number | undefined {
  const { redis } = state;
  const top = history.findLast(({ isDirect }) => !isDirect);
  if (top === undefined || top.receipt !== undefined || top.number <= redis.ledgerNumber) return undefined;
  const reserver = redis.reserved.indexOf(top.number);
  const receipted = history.filter(({ receipt, number }) => receipt !== undefined && number > redis.ledgerNumber);
  const isLater = ({ number, receipt = -1 }: ModelEntry) =>
    receipt === deeds.adopt || (number > redis.reservedMax && !redis.mailbox.includes(receipt));
  const next = left
    .slice(0, 1)
    .find((id) => redis.reserved[id] === 0 && !model.without.has('completion-knows-command'));
  const author = reserver >= 0 ? reserver : receipted.some(isLater) ? undefined : next;
  if (author === undefined || receipted.some(({ receipt }) => receipt === author)) return undefined;
  return redis.commands[author]?.digest === top.digest ? author : undefined;
}

function finishImport(turn: Turn, { above }: ImportStep, history: readonly ModelEntry[]): ModelState {
  const { state, model } = turn;
  const { redis } = state;
  if (above.kind === 'settle' && !model.without.has('import-settles')) {
    return write(turn, deeds.settle, redis.ledgerDigest, history);
  }
  const reconciled = { ...state, redis: { ...redis, laneRun: redis.run } };
  return advance({ ...turn, state: reconciled }, { place: 'look' });
}

/** Rule 6, *reserve*; the history tag comes next. */
function write(turn: Turn, id: number, digest: string, history: readonly ModelEntry[]): ModelState {
  const { redis } = turn.state;
  const slot = slotOf(redis, id, digest, turn.model);
  const listed = history.reduce((highest, entry) => Math.max(highest, entry.number), 0);
  const known = redis.reserved[slot] ?? 0;
  if (turn.model.without.has('numbers-reserved')) {
    return advance(turn, { place: 'history', id, number: 1 + Math.max(redis.ledgerNumber, listed), digest });
  }
  if (known > redis.ledgerNumber) return advance(turn, { place: 'history', id, number: known, digest });
  const number = 1 + Math.max(redis.reservedMax, redis.ledgerNumber, listed);
  const reserved = redis.reserved.map((some, at) => (at === slot ? number : some));
  const state = { ...turn.state, redis: { ...redis, reserved, reservedMax: number } };
  return advance({ ...turn, state }, { place: 'history', id, number, digest });
}

/** Where a number is reserved: for a command, an adoption, or the settlement on one digest. */
function slotOf({ commands }: ModelRedis, id: number, digest: string, model: Model): number {
  if (id >= 0) return id;
  if (id === deeds.adopt) return commands.length;
  return commands.length + 1 + (model.without.has('settlement-per-digest') ? 0 : 'abcd'.indexOf(digest));
}

/** Rule 8. */
function retire(turn: Turn): ModelState {
  const { state, index, worker, model } = turn;
  if (isFenced(turn)) {
    const forgotten = { ...worker, isIntentOpen: false };
    return model.without.has('retire-under-token') ? stop(withWorker(state, index, forgotten), index) : rest(turn);
  }
  if (worker.id === deeds.repair) return withWorker(state, index, looking(worker));
  return withWorker(state, index, { ...at(worker, worker.number === 0 ? 'commit' : 'review'), isIntentOpen: false });
}

/** The tag is read back, rule 9 lists again, and the receipt asserts the token. */
function review(turn: Turn): ModelState {
  const { state, index, worker, model } = turn;
  if (isFenced(turn)) return rest(turn);
  const lists = worker.id !== deeds.adopt && !model.without.has('list-after-flip');
  const newer = lists && state.entries.some((entry) => entry.isDirect && entry.number > state.redis.ledgerNumber);
  const goesOn = state.tag === worker.digest && !newer;
  return withWorker(state, index, goesOn ? at(worker, 'receipt') : looking(worker));
}

/** Rule 11. */
function commit(turn: Turn): ModelState {
  const { state, index, worker } = turn;
  const before = state.redis;
  const { id, number, digest } = worker;
  const endsImport = worker.run === before.run && before.laneRun !== before.run;
  const isHead = id < 0 || endsImport || before.mailbox[0] === id;
  if (isFenced(turn) && !turn.model.without.has('commit-under-token')) return rest(turn);
  if (!isHead && !turn.model.without.has('commit-asserts-head')) return rest(turn);
  const superseded = id === deeds.adopt ? before.mailbox : [];
  const ended = ending(ending(before, superseded, 'superseded'), id >= 0 ? [id] : [], 'promoted');
  const deed = slotOf(before, id, digest, turn.model);
  const redis: ModelRedis = {
    ...ended,
    ...(number === 0 ? {} : { ledgerNumber: number, ledgerDigest: digest }),
    laneRun: endsImport ? before.run : before.laneRun,
    mailbox: before.mailbox.filter((other) => other !== id && !superseded.includes(other)),
    started: id >= 0 || superseded.length > 0 ? -1 : before.started,
    reserved: id >= 0 ? ended.reserved : ended.reserved.map((some, slot) => (slot === deed ? 0 : some)),
  };
  const written = state.entries.find((entry) => isEntry(entry, worker)) ?? entryOf(worker);
  const committed = { ...written, receipt: id, number: number === 0 ? before.ledgerNumber : number };
  const seen = noteCommit(state, committed);
  const isEnded = id >= 0 && before.commands[id]?.status !== 'waiting';
  const noted = isEnded ? broken(seen, `S4: command ${id} committed after its end`) : seen;
  return withWorker({ ...state, redis, seen: noted }, index, looking(worker));
}

function isEntry(entry: ModelEntry, { number, digest }: ModelWorker): boolean {
  return entry.number === number && entry.digest === digest && !entry.isDirect;
}

function advance({ state, index, worker }: Turn, change: Partial<ModelWorker>): ModelState {
  return withWorker(state, index, { ...looking(worker), ...change });
}

function rest({ state, index }: Turn): ModelState {
  return stop(state, index);
}

function orphaned(state: ModelState, index: 0 | 1): ModelState {
  const worker = state.workers[index];
  if (!worker.isIntentOpen) return state;
  const redis = { ...state.redis, intents: opened(state.redis.intents, worker.digest) };
  return withWorker({ ...state, redis }, index, { ...worker, isIntentOpen: false });
}

function at(worker: ModelWorker, place: ModelWorker['place']): ModelWorker {
  return { ...worker, place, listed: [] };
}

/** The worker at the start of a pass, under the token that it has. */
function looking({ token, run }: ModelWorker): ModelWorker {
  return { ...resting, place: 'look', token, run };
}

function entryOf({ id, number, digest, run }: ModelWorker): ModelEntry {
  return { number, digest, isDirect: false, receipt: id, owner: id, run };
}

function letterOfEntry(entry: HistoryEntry): string {
  return entry.digest12.charAt(0);
}

function byNumberAndName(a: ModelEntry, b: ModelEntry): number {
  if (a.number !== b.number) return a.number - b.number;
  if (a.digest !== b.digest) return a.digest < b.digest ? -1 : 1;
  return Number(a.isDirect) - Number(b.isDirect);
}
