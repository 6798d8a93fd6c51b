/** `/metrics`: what the registry counts of itself. */
import type { Answer } from '../http/answer.ts';
import type { Endpoint, OpenRequest } from '../http/endpoint.ts';
import { metricsType } from './registry-metrics.ts';

/** For scrapers. */
export const metricsEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/metrics', verb: 'read', inside: true, answer: readMetrics },
];

async function readMetrics({ watch, sessions, storage }: OpenRequest): Promise<Answer> {
  const { traffic, version, metrics, journal } = watch;
  const health = await storage.readHealth().catch(() => undefined);
  const text = metrics.render({
    version,
    receivedBytes: traffic?.receivedBytes() ?? 0,
    sentBytes: traffic?.sentBytes() ?? 0,
    connections: traffic?.connections() ?? 0,
    uploads: sessions.openCount(),
    followers: journal.waiting(),
    health,
    contentBytes: watch.contentBytes(),
    certificateEndsAt: watch.certificateEndsAt(),
  });
  return { status: 200, headers: { 'content-type': metricsType }, body: Buffer.from(text) };
}
