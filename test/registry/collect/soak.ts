/**
 * The soak: clients push, pull, promote, delete and bring back at random, over HTTP and all at once, while collections
 * follow one another with the shortest of graces. No client may be told anything that the model does not allow, and in
 * the end nothing is left but what something keeps.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CollectSettings } from '../../../core/collect-settings.ts';
import type { Coordination } from '../../../registry/server.ts';
import { basic, openRegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { type Chance, openChance } from './chance.ts';
import { openSoakClient, SoakViolation } from './soak-client.ts';
import { emptyModel, type SoakModel } from './soak-model.ts';
import { findLeaks } from './soak-remains.ts';
import { openSoakWire, type SoakWire } from './soak-wire.ts';

export interface SoakInit {
  readonly seed: number;
  /** Requests of clients and collections, together: it ends after these. */
  readonly operations: number;
  /** How clients and the collector keep out of each other's way; a broken one is to be found out. */
  readonly coordination?: (uptime: () => number) => Partial<Coordination>;
  readonly clients?: number;
}

export interface SoakResult {
  readonly operations: number;
  readonly collections: number;
  /** How often clients did what, and how often one was too slow for a grace. */
  readonly deeds: Readonly<Record<string, number>>;
  /** Manifests, blobs and content that collections took away. */
  readonly collected: number;
  /** What the registry broke its word in; undefined when it kept it. */
  readonly violation: string | undefined;
}

/** Of the soak's clock, which moves on with every request. */
const settings: CollectSettings = { everyMs: undefined, graceMs: 160, untaggedForMs: 240, previousDigests: 2 };

/** Runs the soak, and looks at what is left. */
export async function runSoak(init: SoakInit): Promise<SoakResult> {
  const directory = await soakDirectory();
  const clock = { now: 0 };
  const pace = { planning: false };
  const model = emptyModel();
  const uptime = () => clock.now;
  const chance = openChance(init.seed);
  const registry = await openRegistryUnderTest({
    directory,
    uptime,
    settings: { collect: settings, tags: { writeOnce: 'off', exceptions: [] }, environments: [] },
    limits: { sessionsPerActorMax: 1_000_000 },
    coordination: { onCollectionStep: waitAtRandom(chance, clock, pace, model), ...init.coordination?.(uptime) },
  });
  const { authorization } = basic('soak', registry.tokens.admin);
  const wire = openSoakWire(registry.port, authorization);
  const soak: Soak = { init, clock, chance, model, wire, pace, tally: new Map(), over: undefined };
  try {
    await runParts(soak);
    if (soak.over === undefined) await settle(soak);
  } finally {
    wire.close();
    await registry.close();
  }
  const violation = soak.over ?? (await findLeaks(join(directory, 'registry'), soak.model, settings.previousDigests));
  await rm(directory, { recursive: true });
  const { operations = 0, collections = 0, collected = 0, ...deeds } = Object.fromEntries(soak.tally);
  return { operations, collections, collected, deeds, violation };
}

/** In memory where there is such a file system: what lasts is for other tests, and flushing takes most of the time. */
async function soakDirectory(): Promise<string> {
  try {
    return await mkdtemp('/dev/shm/registry-soak-');
  } catch {
    return temporaryDirectory();
  }
}

interface Soak {
  readonly init: SoakInit;
  readonly clock: { now: number };
  readonly chance: Chance;
  readonly model: SoakModel;
  readonly wire: SoakWire;
  /** While a collection reads, most clients wait: or it would only ever plan for what they have touched since. */
  readonly pace: { planning: boolean };
  readonly tally: Map<string, number>;
  /** Why it ended before its time. */
  over: string | undefined;
}

function count({ tally }: Soak, what: string, by = 1): void {
  tally.set(what, (tally.get(what) ?? 0) + by);
}

/**
 * Gives others time to come between any two steps of a collection, and much of it between the last look at a piece and
 * its going, which nobody who needs it may use.
 */
function waitAtRandom(
  chance: Chance,
  clock: { readonly now: number },
  pace: { planning: boolean },
  model: SoakModel,
): Coordination['onCollectionStep'] {
  return async (step, piece) => {
    pace.planning = false;
    if (piece !== undefined) model.hot = piece;
    const requests = step === 'rechecked' && chance.once(6) ? requestsBetween : 0;
    const until = clock.now + requests;
    const turns = chance.once(4) ? chance.below(12) : 0;
    for (let turn = 0; turn < turns || (clock.now < until && turn < turnsMax); turn += 1) await nextTurn();
  };
}

/** What clients may do meanwhile: enough for one of them to ask for the piece, and to use it. */
const requestsBetween = 20;

/** Whoever is held up by it makes no requests: then it goes on all the same. */
const turnsMax = 200;

async function runParts(soak: Soak): Promise<void> {
  const { init, clock, chance, model, wire, pace } = soak;
  const goesOn = () => soak.over === undefined && (soak.tally.get('operations') ?? 0) < init.operations;
  const counted: SoakWire = {
    ...wire,
    async send(request) {
      while (pace.planning && !chance.once(20)) await nextTurn();
      count(soak, 'operations');
      return wire.send(request);
    },
  };

  async function runClient(name: string): Promise<void> {
    const { graceMs, previousDigests } = settings;
    const client = openSoakClient({ name, chance, model, clock, wire: counted, graceMs, previousDigests });
    while (goesOn()) count(soak, await client.act());
  }

  async function runCollector(): Promise<void> {
    while (goesOn()) {
      await collect(soak, chance.once(5));
      count(soak, 'operations');
      for (let turns = chance.below(10); turns > 0; turns -= 1) await nextTurn();
    }
  }

  const names = Array.from({ length: init.clients ?? 4 }, (_, at) => `c${at}`);
  await Promise.all([...names.map(runClient), runCollector()].map((part) => part.catch((error) => end(soak, error))));
}

function end(soak: Soak, error: unknown): void {
  soak.over ??= error instanceof SoakViolation ? error.message : String(error instanceof Error ? error.stack : error);
}

async function collect(soak: Soak, dryRun: boolean): Promise<void> {
  const body = Buffer.from(JSON.stringify({ dryRun }));
  soak.pace.planning = true;
  let reply = await soak.wire.send({ method: 'POST', path: '/admin/v1/collections', body });
  while (reply.status === 202) {
    const { id } = JSON.parse(reply.body.toString()) as { id: string };
    reply = await soak.wire.send({ method: 'GET', path: `/admin/v1/collections/${id}` });
  }
  soak.pace.planning = false;
  if (reply.status !== 200) throw new SoakViolation(`a collection is ${reply.status}: ${reply.body.toString()}`);
  const { report } = JSON.parse(reply.body.toString()) as { report: { counts: Record<string, number> } };
  const { manifests = 0, blobs = 0, trashed = 0 } = report.counts;
  count(soak, 'collections');
  if (!dryRun) count(soak, 'collected', manifests + blobs + trashed);
}

/** Everybody has gone, and every grace has gone by: first of the leases, then of what lost its last tag, then of the trash. */
async function settle(soak: Soak): Promise<void> {
  const { graceMs, untaggedForMs } = settings;
  for (const pause of [graceMs, untaggedForMs, graceMs, graceMs]) {
    soak.clock.now += pause + 1;
    await collect(soak, false);
  }
}
