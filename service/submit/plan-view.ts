/** A plan as every door shows it. */
import type { PlanView } from '../../api/plan.ts';
import type { CommandSource } from '../../core/command.ts';
import type { Plan } from '../../core/plan.ts';
import type { SubmitContext } from './context.ts';

/** The wire's form of the plan. */
export function viewPlan(context: Pick<SubmitContext, 'config'>, plan: Plan): PlanView {
  const { planId, kind, app, environment, from, to, decision } = plan;
  return {
    planId,
    kind,
    app,
    environment,
    to: to.digest,
    source: address(context, plan.source),
    target: address(context, plan.target),
    tags: [...plan.tags],
    decision: { allowed: decision.allowed, reasons: decision.allowed ? [] : [...decision.reasons] },
    willHold: plan.willHold,
    supersedes: [...plan.supersedes],
    undo: plan.undo,
    ...(to.version === undefined ? {} : { version: to.version, toVersion: to.version }),
    ...(from === undefined ? {} : { from: from.digest }),
    ...(from?.version === undefined ? {} : { fromVersion: from.version }),
  };
}

/** `host/repository`, as container tools write it. */
function address(context: Pick<SubmitContext, 'config'>, location: CommandSource): string {
  const url = context.config.registries[location.registry]?.url ?? location.registry;
  return `${url.replace(/^https?:\/\//, '')}/${location.repository}`;
}
