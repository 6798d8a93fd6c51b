/** Everything that can happen next in the lane's model. */
import { deeds, emptied, type Flight, type ModelRedis, type ModelState, viewOf } from './lane-model-state.ts';
import {
  begin,
  decideWithout,
  ending,
  fail,
  isFenced,
  landed,
  type Model,
  opened,
  pendingWrite,
  retry,
  step,
  stop,
} from './lane-model-worker.ts';

export interface Move {
  readonly name: string;
  readonly next: ModelState;
}

const indexes = [0, 1] as const;

/** All moves out of the state. */
export function movesFrom(state: ModelState, model: Model): readonly Move[] {
  return [
    ...acceptances(state, model),
    ...direct(state, model),
    ...indexes.flatMap((index) => workerMoves(state, index, model)),
    ...state.flights.map((flight) => ({
      name: `land ${nameOf(flight)}`,
      next: landed(without(state, flight), flight),
    })),
    ...failovers(state, model),
    ...sweeperWrites(state, model),
  ];
}

/** Whether a sweep would ring for the lane. Rule 12. */
export function rings(state: ModelState, model: Model): boolean {
  const { redis } = state;
  if (redis.mailbox.length > 0) return true;
  if (!model.without.has('sweeper-decides'))
    return decideWithout(viewOf(state, state.entries, model.bounds.drift), model.without).kind !== 'idle';
  const hasDirect = state.entries.some((entry) => entry.isDirect && entry.number > redis.ledgerNumber);
  return redis.laneRun !== redis.run || hasDirect || (state.tag !== redis.ledgerDigest && isIntended(state));
}

/** Whether nothing is under way: no worker, no write. */
export function isStill(state: ModelState): boolean {
  return state.flights.length === 0 && state.workers.every((worker) => worker.place === 'rest');
}

function acceptances(state: ModelState, model: Model): readonly Move[] {
  return state.redis.commands.flatMap(({ isRollback }, id) => {
    if (state.seen.accepted.includes(id)) return [];
    if (!isRollback) return [{ name: `accept promotion ${id}`, next: acceptPromotion(state, id) }];
    return [{ name: `accept rollback ${id}`, next: acceptRollback(state, id, model) }];
  });
}

/** Rule 2. */
function acceptPromotion(state: ModelState, id: number): ModelState {
  const { redis } = state;
  const commands = redis.commands.map((command, at) =>
    at === id ? { ...command, status: 'waiting' as const, run: redis.run } : command,
  );
  return { ...state, redis: { ...redis, commands, mailbox: [...redis.mailbox, id] }, seen: seenWith(state, id) };
}

/** Rule 3. */
function acceptRollback(state: ModelState, id: number, model: Model): ModelState {
  const { redis } = state;
  const { digest: asked, isDefault } = model.bounds.rollbacks[id - model.bounds.promotions.length] ?? {
    digest: '',
    isDefault: false,
  };
  const head = redis.mailbox[0];
  const inFlight = head === undefined ? undefined : redis.commands[head];
  if (head !== undefined && inFlight?.isRollback && (isDefault || inFlight.digest === asked)) {
    return joinRollback(state, id, head, model);
  }
  const stays = isDefault && head !== undefined && redis.started === head && inFlight?.isRollback === false;
  const digest = stays ? redis.ledgerDigest : asked;
  const removes = !model.without.has('rollback-removes-waiting');
  const ended = removes ? { ...ending(redis, redis.mailbox, 'superseded'), started: -1 } : redis;
  const commands = ended.commands.map((command, at) =>
    at === id ? { ...command, digest, status: 'waiting' as const, run: redis.run } : command,
  );
  const mailbox = removes ? [id] : [id, ...redis.mailbox];
  return {
    ...state,
    redis: { ...ended, commands, mailbox, token: model.without.has('rollback-fences') ? redis.token : 0 },
    seen: seenWith(state, id),
  };
}

function joinRollback(state: ModelState, id: number, head: number, model: Model): ModelState {
  const behind = model.without.has('joining-removes-waiting') ? [] : state.redis.mailbox.slice(1);
  const ended = ending(state.redis, behind, 'superseded');
  const redis: ModelRedis = {
    ...ended,
    mailbox: ended.mailbox.filter((other) => !behind.includes(other)),
    commands: ended.commands.map((command, at) => (at === id ? { ...command, status: 'joined' } : command)),
  };
  const seen = seenWith(state, id);
  return { ...state, redis, seen: { ...seen, joined: [...seen.joined, [id, head]] } };
}

function seenWith({ seen }: ModelState, id: number): ModelState['seen'] {
  return { ...seen, accepted: [...seen.accepted, id], direct: seen.direct === 'last' ? 'followed' : seen.direct };
}

/** Rule 13, as far as the lane sees it: a number above all that is listed, and a flip that lands when it lands. */
function direct(state: ModelState, model: Model): readonly Move[] {
  const digest = model.bounds.direct;
  if (digest === undefined || state.seen.direct !== 'none') return [];
  const number = 1 + Math.max(...state.entries.map((entry) => entry.number));
  const entry = { number, digest, isDirect: true, receipt: undefined, owner: deeds.cli, run: state.redis.run };
  const written = landed(state, { kind: 'history', entry });
  const flying = flownOff(written, { kind: 'tag', digest });
  return [{ name: `direct r${number}-${digest}`, next: { ...flying, seen: { ...flying.seen, direct: 'last' } } }];
}

function workerMoves(state: ModelState, index: 0 | 1, model: Model): readonly Move[] {
  const worker = state.workers[index];
  if (worker.place === 'rest') return beginnings(state, index, model);
  const name = `w${index} ${worker.place}`;
  const moves: Move[] = [{ name, next: step(state, index, model) }];
  if (state.faults === 0) return moves;
  const faulty = { ...state, faults: state.faults - 1 };
  const write = pendingWrite(worker);
  if (worker.place !== 'look') moves.push({ name: `${name}: crash`, next: stop(faulty, index) });
  if (write === undefined) return moves;
  for (const [how, sent] of [
    ['unanswered', landed(faulty, write)],
    ['late', flownOff(faulty, write)],
  ] as const) {
    moves.push({ name: `${name}: ${how}, then crash`, next: stop(sent, index) });
    if (write.kind === 'tag') moves.push({ name: `${name}: ${how}`, next: retry(sent, index, model) });
    if (state.failures === 0) continue;
    const failed = fail({ ...sent, failures: state.failures - 1 }, index, model);
    moves.push({ name: `${name}: ${how}, then the command fails`, next: failed });
  }
  return moves;
}

function beginnings(state: ModelState, index: 0 | 1, model: Model): readonly Move[] {
  const other = state.workers[index === 0 ? 1 : 0];
  if (index === 1 && other.place === 'rest') return [];
  if (!rings(state, model)) return [];
  const stalls = other.place !== 'rest' && !isFenced({ state, worker: other, model });
  if (stalls && state.stalls === 0) return [];
  const from = stalls ? { ...state, stalls: state.stalls - 1 } : state;
  return [{ name: `w${index} begin${stalls ? ' (the other is frozen)' : ''}`, next: begin(from, index, model) }];
}

/** A replica falls behind, and takes over later under a run id of its own; or everything is lost. */
function failovers(state: ModelState, model: Model): readonly Move[] {
  const { replica, redis } = state;
  if (replica !== undefined) return [{ name: 'failover', next: takenOver(state, { ...replica, run: redis.run + 1 }) }];
  if (state.failovers === 0) return [];
  const spent = { ...state, failovers: state.failovers - 1 };
  const open = state.workers.filter((worker) => worker.isIntentOpen).map((worker) => worker.digest);
  const behind = { ...redis, intents: opened(redis.intents, open.join('')) };
  const lag = { name: 'the replica falls behind', next: { ...spent, replica: behind } };
  return model.bounds.loses ? [lag, { name: 'Redis loses everything', next: takenOver(spent, emptied(redis)) }] : [lag];
}

function takenOver(state: ModelState, redis: ModelRedis): ModelState {
  const [one, two] = state.workers;
  const workers = [
    { ...one, isIntentOpen: false },
    { ...two, isIntentOpen: false },
  ] as const;
  return { ...state, workers, redis, replica: undefined };
}

/** What the sweeper must not do. */
function sweeperWrites(state: ModelState, model: Model): readonly Move[] {
  if (!model.without.has('sweeper-only-rings') || state.tag === state.redis.ledgerDigest || !isIntended(state))
    return [];
  return [{ name: 'the sweeper writes', next: { ...state, tag: state.redis.ledgerDigest } }];
}

function isIntended({ redis, workers, tag }: ModelState): boolean {
  return redis.intents.includes(tag) || workers.some((worker) => worker.isIntentOpen && worker.digest === tag);
}

function flownOff(state: ModelState, flight: Flight): ModelState {
  const flights = [...state.flights, flight].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return { ...state, flights };
}

function without(state: ModelState, flight: Flight): ModelState {
  return { ...state, flights: state.flights.filter((other) => other !== flight) };
}

/** A flight as text; equal texts are equal flights. */
export function nameOf(flight: Flight): string {
  if (flight.kind === 'tag') return `tag ${flight.digest}`;
  const { number, digest, receipt, owner, run } = flight.entry;
  return `${flight.kind} r${number}-${digest} of ${receipt} ${owner} ${run}`;
}
