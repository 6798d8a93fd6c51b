/** Metrics of the API itself: how many requests, how long, with what outcome. */
import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import { formatActor } from '../../core/access.ts';

/** Upper bounds of the duration's buckets, in seconds: from a cached answer to a status of many slow registries. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts requests by method, route and status, and logs each with who asked. Event streams count when they end. */
export function installRequestMetrics(app: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'registry_action_http_request_duration_seconds',
    help: 'Duration of API requests.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: durationBuckets,
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    // Unknown paths share one label: a label per path would let anybody fill the memory.
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    const status = reply.statusCode;
    const durationMs = Math.round(reply.elapsedTime);
    const method = request.is404 ? 'any' : request.method;
    duration.observe({ method, route, status }, durationMs / 1000);
    const actor = request.actor ? formatActor(request.actor) : undefined;
    request.log.info({ method: request.method, route, status, durationMs, actor, address: request.ip }, 'request');
  });
}
