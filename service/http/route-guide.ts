/** What unknown addresses are answered: the methods there are, or the address that was probably meant. */
import type { FastifyInstance } from 'fastify';
import { nearestName } from '../../core/nearest-name.ts';
import { errorCatalogue } from '../../errors/catalogue.ts';
import { InputError, NotFoundError } from '../../errors/errors.ts';
import { pathOf } from './answer-problem.ts';

interface KnownRoute {
  readonly method: string;
  readonly segments: readonly string[];
}

/** Answers unknown addresses. To be installed before the routes. */
export function installRouteGuide(app: FastifyInstance): void {
  const routes: KnownRoute[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, segments: url.split('/') });
  });
  app.setNotFoundHandler(async (request, reply) => {
    const path = pathOf(request.url);
    const methods = routes.filter(({ segments }) => fillIn(segments, path) === path).map(({ method }) => method);
    if (methods.length === 0) throw unknownAddress(path, routes);
    const allow = [...new Set(methods)].join(', ');
    reply.header('allow', allow);
    const message = `${request.method} is not possible here: ${path}`;
    const wayOut = `use ${allow}`;
    throw new InputError({ code: 'METHOD_NOT_ALLOWED', message, wayOut });
  });
}

function unknownAddress(path: string, routes: readonly KnownRoute[]): NotFoundError {
  const known = routes.flatMap(({ segments }) => fillIn(segments, path) ?? []);
  const meant = nearestName(path, known);
  const { wayOut } = errorCatalogue.NOT_FOUND;
  return new NotFoundError({
    code: 'NOT_FOUND',
    message: `no such address: ${path}`,
    wayOut: meant === undefined ? wayOut : `did you mean ${meant}?`,
  });
}

/** The route's path with the request's own segments for its parameters; undefined when their number differs. */
function fillIn(segments: readonly string[], path: string): string | undefined {
  const given = path.split('/');
  if (given.length !== segments.length) return undefined;
  return segments.map((segment, at) => (segment.startsWith(':') ? given[at] || segment : segment)).join('/');
}
