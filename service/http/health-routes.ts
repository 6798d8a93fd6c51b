/** Liveness, readiness and metrics over HTTP. */
import type { FastifyPluginAsync } from 'fastify';
import type { Registry } from 'prom-client';
import type { Readiness } from '../../api/health.ts';
import type { RouteAccess } from './route-access.ts';

/** Whether the service can take requests; asked at each call of /readyz. */
export interface Health {
  ready(): Promise<Readiness>;
}

/** Longest wait for an answer about readiness: a probe that waits longer has given up. */
const readyTimeoutMs = 5_000;

/** The routes for probes and scrapers. `inside` is what readiness and metrics ask of their caller. */
export function healthRoutes(health: Health, metrics: Registry, inside: RouteAccess): FastifyPluginAsync {
  return async (app) => {
    app.get('/livez', { config: { access: 'open' } }, (_, reply) => reply.type('text/plain').send('ok\n'));
    app.get('/readyz', { config: { access: inside } }, async (_, reply) => {
      const readiness = await withinTimeout(health.ready());
      return reply.code(readiness.ok ? 200 : 503).send(readiness);
    });
    app.get('/metrics', { config: { access: inside } }, async (_, reply) =>
      reply.type(metrics.contentType).send(await metrics.metrics()),
    );
  };
}

/** The answer, or one that says there was none. */
async function withinTimeout(answer: Promise<Readiness>): Promise<Readiness> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readiness>((resolve) => {
    const detail = `no answer within ${readyTimeoutMs} ms`;
    timer = setTimeout(() => resolve({ ok: false, parts: [{ name: 'readiness', ok: false, detail }] }), readyTimeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
