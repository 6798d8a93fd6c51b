/** `/admin/v1/collection-holds`: holding collection off while somebody reads the data directory. */
import { hostname } from 'node:os';
import { InputError } from '../../errors/errors.ts';
import { jsonAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import { readJsonBody } from '../http/json-body.ts';

/** An id becomes part of a path. */
const idGrammar = /^[\w-]{1,64}$/;

const whyCharsMax = 200;

/** Begin or renew one, list them, end one. */
export const collectionHoldEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/admin/v1/collection-holds',
    verb: 'administer',
    async answer(exchange: EndpointExchange) {
      const { hold, renewed } = await exchange.holds.hold({ ...(await readAsked(exchange)), by: exchange.actor.name });
      const server = { host: hostname(), pid: process.pid };
      return jsonAnswer({ ...hold, renewed, server });
    },
  },
  {
    method: 'GET',
    path: '/admin/v1/collection-holds',
    verb: 'administer',
    answer: async ({ holds }: EndpointExchange) => jsonAnswer({ holds: holds.list() }),
  },
  {
    method: 'DELETE',
    path: '/admin/v1/collection-holds/',
    verb: 'administer',
    answer: async ({ holds, rest }: EndpointExchange) => jsonAnswer({ ended: holds.release(rest) }),
  },
];

async function readAsked({ body }: EndpointExchange): Promise<{ readonly id: string; readonly why: string }> {
  const { id, why } = await readJsonBody(body);
  if (typeof id === 'string' && idGrammar.test(id) && typeof why === 'string' && why.length <= whyCharsMax) {
    return { id, why };
  }
  throw new InputError({ code: 'REQUEST_INVALID', message: 'a hold has an id and says why: {"id":"...","why":"..."}' });
}
