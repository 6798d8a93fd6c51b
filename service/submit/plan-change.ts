/** From what is to become current to the plan of the change: what promotions and rollbacks have in common. */
import { locate } from '../../core/environment.ts';
import { type Plan, type PlanRequest, planMove } from '../../core/plan.ts';
import type { LaneState } from '../ledger/lane-state.ts';
import type { Place } from './context.ts';
import { sha256Text } from './hash-text.ts';

/** What is to change in the place, and by which right. */
export type WantedChange = Pick<PlanRequest, 'kind' | 'to' | 'decision' | 'supersedes'> & {
  /** Where the content is read from; absent when it is at the target already. */
  readonly source?: PlanRequest['source'];
};

/** The plan of the change, from what the lane is on now. */
export function planChange({ app, environment }: Place, { ledger }: LaneState, wanted: WantedChange): Plan {
  const target = locate(environment, app);
  const from = ledger === undefined ? undefined : { digest: ledger.digest, version: ledger.version };
  const about = { app: app.name, environment: environment.name };
  return planMove({ source: target, ...wanted, ...about, from, target }, sha256Text);
}
