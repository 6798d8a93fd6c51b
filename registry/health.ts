/** Whether the registry lives, for whoever watches it. */
import { jsonAnswer } from './http/answer.ts';
import type { Endpoint } from './http/endpoint.ts';

/** `/livez`: the process answers. */
export const healthEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/livez', verb: undefined, answer: async () => jsonAnswer({ status: 'ok' }) },
];
