/** The OpenAPI document over HTTP. */
import type { FastifyPluginAsync } from 'fastify';
import { openApiDocument } from '../../api/openapi.ts';

/** The route that describes all others. */
export function openApiRoutes(version: string): FastifyPluginAsync {
  return async (app) => {
    const text = JSON.stringify(openApiDocument(version));
    app.get('/api/v1/openapi.json', { config: { access: 'open' } }, (_, reply) =>
      reply.type('application/json').send(text),
    );
  };
}
