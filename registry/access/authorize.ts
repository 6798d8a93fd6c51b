/** What an actor may do in the registry: the rules of core/access.ts, asked for a repository. */
import { type Actor, evaluateAccess, type Verb } from '../../core/access.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { type Answer, refusal } from '../http/answer.ts';

/** Whether the actor may do this in the repository; undefined stands for all of them and for the registry itself. */
export function mayIn(actor: Actor, verb: Verb, repository: RepositoryName | undefined): boolean {
  return evaluateAccess(actor, verb, { repository }).allowed;
}

/** Reasons that one answer lists; container tools print them all in one line. */
const reasonsMax = 20;

/** The answer to somebody who is known and may not: every reason, and the way out. */
export function denied(actor: Actor, verb: Verb, repository: RepositoryName | undefined): Answer {
  const decision = evaluateAccess(actor, verb, { repository });
  const reasons = decision.allowed ? [] : decision.reasons;
  const shown = reasons.slice(0, reasonsMax).map(({ message }) => message);
  if (reasons.length > shown.length) shown.push(`and ${reasons.length - shown.length} more`);
  const where = repository === undefined ? '' : ` in ${repository}`;
  const wayOut = reasons[0]?.wayOut ?? '';
  return refusal(403, 'DENIED', `${actor.name} may not ${verb}${where}: ${shown.join('; ')}; ${wayOut}`, {
    detail: { ...('role' in actor ? { role: actor.role } : {}), verb, repository, reasons: shown, wayOut },
  });
}
