/** Who is signed in, over HTTP. */
import type { FastifyPluginAsync } from 'fastify';
import type { GrantView, Whoami } from '../../api/whoami.ts';
import { type Actor, evaluateAccess, type Grant, isRepositoryVerb, type Verb, verbsOfRole } from '../../core/access.ts';
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
    const { name, role, repositories, grants = [] } = actor;
    const everywhere = { may: apiVerbs.filter((verb) => evaluateAccess(actor, verb, {}).allowed) };
    const limited =
      repositories === undefined ? [] : [{ may: verbsOfRole(role).filter(isRepositoryVerb), repositories }];
    return {
      actor: name,
      kind: 'token',
      role,
      grants: [everywhere, ...limited, ...grants.flatMap(viewsOf)],
      notes: [],
    };
  }
  const { name, grants, run, notes, expiresAt } = actor;
  return {
    actor: name,
    kind: 'workload',
    // Whoever may not read does not come here.
    grants: [{ may: ['read'] }, ...grants.flatMap(viewsOf)],
    run,
    notes,
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

/** What a rule gives in environments, and what it gives in repositories. Reading is not limited to places. */
function viewsOf({ rule, may, in: environments, apps, repositories = [] }: Grant): readonly GrantView[] {
  const inPlaces = may.filter((verb) => verb === 'promote' || verb === 'rollback');
  const inRepositories = may.filter(isRepositoryVerb);
  return [
    ...(inPlaces.length === 0 ? [] : [{ rule, may: inPlaces, environments, ...(apps === undefined ? {} : { apps }) }]),
    ...(inRepositories.length === 0 ? [] : [{ rule, may: inRepositories, repositories }]),
  ];
}
