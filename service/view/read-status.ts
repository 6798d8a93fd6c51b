/** The matrix: what is current where. Answered from Redis alone, so that it is there when a registry is not. */
import type { AppStatus, EnvironmentStatus, StatusMatrix } from '../../api/status.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { isDigest } from '../../oci/spec/digest.ts';
import { listApps } from '../apps.ts';
import { type Drift, type LaneState, readLaneState } from '../ledger/lane-state.ts';
import { readPromotion } from '../ledger/promotion-record.ts';
import type { SubmitContext } from '../submit/context.ts';

/** Every app in every environment, in rank order. */
export async function readStatus(context: SubmitContext): Promise<StatusMatrix> {
  const environments = context.config.environments.map((environment) => environment.name);
  const apps: AppStatus[] = [];
  for (const app of await listApps(context.redis, context.config)) {
    const cells = environments.map((environment) => readCell(context, { app: app.name, environment }));
    apps.push({ app: app.name, environments: await Promise.all(cells) });
  }
  return { apps, environments, at: new Date(context.now()).toISOString() };
}

async function readCell(context: SubmitContext, lane: LaneKey): Promise<EnvironmentStatus> {
  const state = await readLaneState(context.redis, lane);
  const { ledger, hold, drift, head } = state;
  const promotion = head === undefined ? undefined : await readPromotion(context.redis, lane, head.id);
  return {
    environment: lane.environment,
    state: stateOf(state),
    ...(ledger === undefined ? {} : { digest: ledger.digest, number: ledger.number, since: ledger.at, by: ledger.by }),
    ...(ledger?.version === undefined ? {} : { version: ledger.version }),
    ...(hold === undefined ? {} : { hold }),
    ...(promotion === undefined ? {} : { promotion }),
    ...(promotion?.error === undefined ? {} : { error: promotion.error }),
    ...viewDrift(drift),
  };
}

/** A head that was put off because a registry does not answer says so. */
function stateOf(state: LaneState): EnvironmentStatus['state'] {
  if (state.head !== undefined) return state.headWakeAtMs > 0 ? 'unreachable' : 'promoting';
  if (state.drift !== undefined) return 'drifted';
  return state.ledger === undefined ? 'empty' : 'current';
}

function viewDrift(drift: Drift | undefined): Pick<EnvironmentStatus, 'drift'> {
  if (drift === undefined || !isDigest(drift.found) || !isDigest(drift.expected)) return {};
  return { drift: { found: drift.found, expected: drift.expected } };
}
