/** The environment matrix over HTTP. */
import type { FastifyPluginAsync } from 'fastify';
import type { Promotions } from '../promotions.ts';

/** The route that tells what is current where. */
export function statusRoutes(promotions: Pick<Promotions, 'status'>): FastifyPluginAsync {
  return async (app) => {
    app.get('/api/v1/status', { config: { access: 'read' } }, () => promotions.status());
  };
}
