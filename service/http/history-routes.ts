/** Histories over HTTP. */
import type { FastifyPluginAsync } from 'fastify';
import type { Promotions } from '../promotions.ts';
import { parseEnvironmentParams } from './read-request.ts';

/** The route that tells what was current in an environment. */
export function historyRoutes(promotions: Pick<Promotions, 'history'>): FastifyPluginAsync {
  return async (app) => {
    app.get('/api/v1/apps/:app/environments/:environment/history', { config: { access: 'read' } }, (request) => {
      const { app: name, environment } = parseEnvironmentParams(request);
      return promotions.history(name, environment);
    });
  };
}
