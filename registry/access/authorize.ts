/** What an actor may do in the registry. */
import { type Member, roleMay, type Verb } from '../../core/access.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { type Answer, refusal } from '../http/answer.ts';

/** Whether the actor may do this in the repository. Roles are the same in all repositories; ask here all the same. */
export function mayIn(actor: Member, verb: Verb, _repository: RepositoryName | undefined): boolean {
  return roleMay(actor.role, verb);
}

/** The answer to somebody who is known and may not. */
export function denied(actor: Member, verb: Verb): Answer {
  return refusal(403, 'DENIED', `the role ${actor.role} does not include ${verb}`, {
    detail: { role: actor.role, verb },
  });
}
