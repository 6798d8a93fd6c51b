/**
 * The lane protocol's model: every interleaving within bounds, with the real `decide`.
 *
 * The registry is linearizable and has no compare-and-swap. Workers stop and go on at any step; writes land late.
 */
import { isStill, movesFrom, nameOf, rings } from './lane-model-moves.ts';
import type { ModelHabit, ModelRule } from './lane-model-rules.ts';
import { type Bounds, type ModelEntry, type ModelRedis, type ModelState, openingState } from './lane-model-state.ts';
import { breachAtRest, rebuiltDigest } from './lane-model-witness.ts';
import { begin, type Model, step } from './lane-model-worker.ts';

export interface Search {
  /** Different states that were seen. */
  readonly states: number;
  /** States in which nothing was under way and nothing left to do. */
  readonly quiet: number;
  /** What went wrong, and the moves that led there; undefined when nothing did. */
  readonly breach: string | undefined;
  readonly moves: readonly string[];
  /** Whether every state within the bounds was seen. */
  readonly isComplete: boolean;
}

/** States seen at most: a set of JavaScript holds few more. */
const statesMax = 12_000_000;

/** Steps within which one worker alone, undisturbed, brings a lane to rest. */
const settlingStepsMax = 100;

/** Breadth first through all states; stops at the first breach, which is then a shortest one. */
export function search(bounds: Bounds, without: readonly (ModelRule | ModelHabit)[] = []): Search {
  const model: Model = { bounds, without: new Set(without) };
  const start = openingState(bounds);
  const seen = new Set([keyOf(start)]);
  const queue: (ModelState | undefined)[] = [start];
  const names = [''];
  const parents = [-1];
  let quiet = 0;
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at];
    queue[at] = undefined;
    if (state === undefined) continue;
    const isQuiet = isStill(state) && !rings(state, model);
    if (isQuiet) quiet++;
    const breach = state.seen.breach ?? (isQuiet ? breachInQuiet(state) : unsettled(state, model));
    if (breach !== undefined || seen.size > statesMax) {
      const moves = pathTo(at, names, parents);
      return { states: seen.size, quiet, breach, moves, isComplete: false };
    }
    for (const { name, next } of movesFrom(state, model)) {
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push(next);
      names.push(name);
      parents.push(at);
    }
  }
  return { states: seen.size, quiet, breach: undefined, moves: [], isComplete: true };
}

function breachInQuiet(state: ModelState): string | undefined {
  const breach = breachAtRest(state);
  if (breach !== undefined) return breach;
  const rebuilt = rebuiltDigest(state);
  return rebuilt === state.redis.ledgerDigest
    ? undefined
    : `S5: the registry tells ${rebuilt}, the ledger ${state.redis.ledgerDigest}`;
}

/** No endless repair: from a state in which nothing is under way, one worker alone comes to rest. */
function unsettled(state: ModelState, model: Model): string | undefined {
  if (!isStill(state)) return undefined;
  let settling = state;
  for (let steps = 0; steps < settlingStepsMax; steps++) {
    const [worker] = settling.workers;
    if (worker.place === 'rest' && !rings(settling, model)) return undefined;
    settling = worker.place === 'rest' ? begin(settling, 0, model) : step(settling, 0, model);
    if (settling.seen.breach !== undefined) return undefined; // the search will come upon it
  }
  return 'the lane does not settle';
}

function pathTo(at: number, names: readonly string[], parents: readonly number[]): readonly string[] {
  const moves: string[] = [];
  for (let index = at; index > 0; index = parents[index] ?? 0) moves.push(names[index] ?? '');
  return moves.reverse();
}

/** The state as text: equal texts are states with an equal future. Workers have no names, tokens only their standing. */
function keyOf(state: ModelState): string {
  const { redis, replica, seen } = state;
  const workers = state.workers.map((worker) => {
    if (worker.place === 'rest') return '-';
    const holds = `${worker.token === redis.token ? 'c' : ''}${worker.token === replica?.token ? 'r' : ''}`;
    const { place, run, id, number, digest, isIntentOpen, listed } = worker;
    return `${place}${holds}${run},${id},${number}${digest}${isIntentOpen ? '+' : ''}${entriesKey(listed)}`;
  });
  if ((workers[0] ?? '') > (workers[1] ?? '')) workers.reverse();
  return [
    redisKey(redis),
    replica === undefined ? '' : redisKey(replica),
    state.tag,
    entriesKey(state.entries),
    state.flights.map(nameOf).join(),
    ...workers,
    `${state.faults}${state.stalls}${state.failovers}${state.failures}`,
    `${seen.accepted.join('')}.${seen.committed.join('')}.${seen.joined.join()}.${seen.current}${seen.currentNumber}${seen.isFirm ? '' : '?'}${seen.direct}${seen.breach ?? ''}`,
  ].join('|');
}

function redisKey(redis: ModelRedis): string {
  const commands = redis.commands.map(
    ({ status, digest, run }) => `${status.charAt(0)}${status.charAt(1)}${digest}${run}`,
  );
  return `${redis.run}${redis.laneRun}${redis.ledgerNumber}${redis.ledgerDigest}${redis.mailbox.join('')}s${redis.started},${redis.reserved.join('.')},${redis.reservedMax}${redis.intents}${commands.join('')}`;
}

const entryKeys = new WeakMap<readonly ModelEntry[], string>();

function entriesKey(entries: readonly ModelEntry[]): string {
  const known = entryKeys.get(entries);
  if (known !== undefined) return known;
  const key = entries
    .map(
      ({ number, digest, isDirect, receipt, owner, run }) =>
        `${number}${digest}${isDirect ? '!' : ''}${receipt}o${owner}r${run}`,
    )
    .join();
  entryKeys.set(entries, key);
  return key;
}
