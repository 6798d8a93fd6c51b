/** The path of a request, as far as it is known before it is decoded. */
import type { IncomingMessage } from 'node:http';

/** As it was sent. What follows a question mark stays out of events: clients put upload state there. */
export function askedPath({ url = '' }: Pick<IncomingMessage, 'url'>): string {
  return url.split('?', 1)[0] ?? '';
}

/** Whether it is of the distribution API. Spec: distribution-spec v1.1.1, "Endpoints". */
export function isDistributionPath(path: string): boolean {
  return path === '/v2' || path.startsWith('/v2/');
}
