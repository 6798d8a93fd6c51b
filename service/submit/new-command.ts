/** The command of a plan, as it goes into the mailbox. */
import { formatActor } from '../../core/access.ts';
import type { Plan } from '../../core/plan.ts';
import type { NewCommand } from '../ledger/accept.ts';
import type { Asked, SubmitContext } from './context.ts';

/** Random hexadecimal digits of a promotion's id. */
const promotionIdChars = 16;

/** A command with an id of its own. */
export function newCommand(context: SubmitContext, plan: Plan, asked: Asked, reason: string | undefined): NewCommand {
  return {
    id: `p-${context.newId().replaceAll('-', '').slice(0, promotionIdChars)}`,
    kind: plan.kind,
    digest: plan.to.digest,
    version: plan.to.version,
    source: plan.source,
    planId: plan.planId,
    actor: formatActor(asked.actor),
    automatic: asked.automatic,
    reason,
    requestedAt: new Date(context.now()).toISOString(),
  };
}
