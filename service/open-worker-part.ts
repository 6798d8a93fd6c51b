/** A worker as a part: it drains lanes, and takes its turn at the sweeper's rounds. */

import type { EnvironmentConfig } from '../core/config.ts';
import { findEnvironment, locate } from '../core/environment.ts';
import type { LaneKey } from '../core/lane-key.ts';
import type { RequestPriority } from '../oci/client/wire/request-class.ts';
import { openCopyMemory } from '../oci/copy/copy-memory.ts';
import { findApp, listApps } from './apps.ts';
import { laneEventLine } from './lane-event-line.ts';
import { openBell } from './lanes/bell.ts';
import { followNewest } from './lanes/follow-newest.ts';
import type { LaneParts } from './lanes/lane-parts.ts';
import { openWorker } from './lanes/open-worker.ts';
import { sweep } from './lanes/sweep.ts';
import { type Foundation, type FoundationInit, openFoundation } from './open-foundation.ts';
import { writeLogLine } from './process/part-log.ts';
import type { OpenPart } from './process/run-part.ts';
import { stopAtStep } from './process/stop-at-step.ts';
import { recordRound } from './read-health.ts';
import { openRegistryFeed } from './registry-feed/open-registry-feed.ts';
import type { SubmitContext } from './submit/context.ts';

/** What a worker needs beside the foundation's sources. */
export interface WorkerPartInit extends FoundationInit {
  readonly now: () => number;
  /** Random text of at least 128 bits, without colons. */
  readonly newId: () => string;
  /** How long it may finish what it is in when it closes. */
  readonly closeTimeoutMs: number;
}

/** How often all lanes are looked at, one HEAD each, when the registries are others': they count requests. */
const sweepEveryMs = 15_000;

/** A round that lists no histories. */
const glance = 1;

/** How often when the registry is our own: a release pushed to it is seen soon. */
const embeddedSweepEveryMs = 3_000;

/** Opens the worker; it takes work at once. */
export async function openWorkerPart(init: WorkerPartInit): Promise<OpenPart> {
  const foundation = await openFoundation('worker', init);
  const bellRedis = foundation.connect('worker');
  const { now, newId } = init;
  const onStep = stopAtStep(init.environment['REGISTRY_ACTION_STOP_AT']);
  const context: SubmitContext = { ...foundation, bell: openBell(bellRedis), now, newId, onStep };
  const parts = lanePartsOf(context, init);
  const usualMs = init.settings.embeddedRegistryUrl === undefined ? sweepEveryMs : embeddedSweepEveryMs;
  const everyMs = init.settings.sweepEveryMs ?? usualMs;
  const worker = await openWorker({
    parts,
    connect: () => foundation.connect('worker'),
    sweepEveryMs: everyMs,
    lockMs: init.settings.lockMs,
    onRound: async (round, signal) => {
      await recordRound(context.redis, everyMs);
      await lookAround(context, parts, round, signal);
    },
  });
  const { embedded } = foundation;
  const feed =
    embedded &&
    openRegistryFeed({
      ...{ embedded, context, parts, environment: init.environment },
      lookAround: (signal) => lookAround(context, parts, glance, signal),
      uptime: () => performance.now(),
    });
  return {
    close: async () => {
      // What it still asks of a Redis that is gone ends with the connection: nothing may wait for that before.
      const feedClosed = feed?.close();
      await worker.close(init.closeTimeoutMs);
      await context.bell.close();
      bellRedis.disconnect();
      await foundation.close();
      await feedClosed;
    },
  };
}

function lanePartsOf(context: SubmitContext, init: WorkerPartInit): LaneParts {
  const { config, redis, registries } = context;
  return {
    redis,
    bell: context.bell,
    placeOf: async (lane) => {
      const environment = findEnvironment(config, lane.environment);
      const app = await findApp(redis, config, registries, lane.app);
      const at = locate(environment, app);
      return {
        environment,
        target: registries.repository(at, usualPriority(environment)),
        targetOfRollback: registries.repository(at, 'rollback'),
      };
    },
    sourceOf: (command, environment) =>
      registries.repository(command.source, command.kind === 'rollback' ? 'rollback' : usualPriority(environment)),
    copyMemory: openCopyMemory(init.now),
    now: init.now,
    newId: init.newId,
    onStep: stopAtStep(init.environment['REGISTRY_ACTION_STOP_AT']),
    onLaneEvent: (event) => writeLogLine(init.log, laneEventLine(event)),
  };
}

/** Who goes first at a registry where requests wait for one another. */
function usualPriority({ tier }: EnvironmentConfig): RequestPriority {
  return tier === 'production' ? 'production' : 'rest';
}

/** One round: new releases first, then every lane. */
async function lookAround(context: SubmitContext, parts: LaneParts, round: number, signal: AbortSignal): Promise<void> {
  const onTrouble = (error: unknown) => parts.onLaneEvent({ kind: 'trouble', error });
  await followNewest(context, onTrouble).catch(onTrouble);
  await sweep(await listLanes(context), round, parts, signal);
}

async function listLanes({ redis, config }: Pick<Foundation, 'redis' | 'config'>): Promise<readonly LaneKey[]> {
  const apps = await listApps(redis, config);
  return apps.flatMap(({ name }) =>
    config.environments.map((environment) => ({ app: name, environment: environment.name })),
  );
}
