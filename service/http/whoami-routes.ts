/** Who is signed in, over HTTP. */
import type { FastifyPluginAsync } from 'fastify';
import type { Whoami } from '../../api/whoami.ts';
import { type Actor, type Verb, verbsOfRole } from '../../core/access.ts';
import { actorOf } from './route-access.ts';

/** The route that tells who is signed in, and what they may do where. */
export function whoamiRoutes(): FastifyPluginAsync {
  return async (app) => {
    app.get('/api/v1/whoami', { config: { access: 'read' } }, async (request) => viewOf(actorOf(request)));
  };
}

/** What the API has verbs for; pushing and pulling is done at registries. */
const apiVerbs: readonly Verb[] = ['read', 'promote', 'rollback', 'administer'];

function viewOf(actor: Actor): Whoami {
  if ('role' in actor) {
    const { name, role } = actor;
    const may = verbsOfRole(role).filter((verb) => apiVerbs.includes(verb));
    return { actor: name, kind: 'token', role, grants: [{ may }], notes: [] };
  }
  const { name, grants, run, notes, expiresAt } = actor;
  const placed = grants.flatMap(({ rule, may, in: environments, apps }) => {
    const verbs = may.filter((verb) => verb !== 'read');
    return verbs.length === 0 ? [] : [{ rule, may: verbs, environments, ...(apps === undefined ? {} : { apps }) }];
  });
  return {
    actor: name,
    kind: 'workload',
    // Reading comes with every rule, everywhere.
    grants: [{ may: ['read'] }, ...placed],
    run,
    notes,
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
