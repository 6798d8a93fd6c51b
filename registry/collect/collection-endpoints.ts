/** Collecting when an administrator asks for it, and what came of it. */
import { InputError, NotFoundError } from '../../errors/errors.ts';
import type { Answer } from '../http/answer.ts';
import { answerWhenDone } from '../http/answer-when-done.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import { readJsonBody } from '../http/json-body.ts';
import type { CollectionRun, CollectionWish } from './collector.ts';

/** `/admin/v1/collections`: begin one; `/admin/v1/collections/<id>`: one of the last few, `last` is that of garbage. */
export const collectionEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/admin/v1/collections',
    verb: 'administer',
    async answer(exchange: EndpointExchange) {
      return answerRun(exchange.collector.begin(await readWish(exchange)));
    },
  },
  {
    method: 'GET',
    path: '/admin/v1/collections/',
    verb: 'administer',
    async answer({ collector, rest }: EndpointExchange) {
      const run = rest === 'last' ? collector.last() : collector.find(rest);
      if (run !== undefined) return answerRun(run);
      throw new NotFoundError({ code: 'COLLECTION_UNKNOWN', message: `no such collection since the start: ${rest}` });
    },
  },
];

function answerRun({ id, dryRun, report }: CollectionRun): Promise<Answer> {
  return answerWhenDone(report, () => ({ id, dryRun }));
}

/** No body asks for a real collection. */
async function readWish({ body }: EndpointExchange): Promise<CollectionWish> {
  const { dryRun = false, untaggedForMs, ...others } = await readJsonBody(body);
  if (typeof dryRun === 'boolean' && Object.keys(others).length === 0) {
    if (untaggedForMs === undefined) return { dryRun };
    if (typeof untaggedForMs === 'number' && Number.isSafeInteger(untaggedForMs)) return { dryRun, untaggedForMs };
  }
  const message = 'not a request to collect: write {"dryRun": true}, {"untaggedForMs": 3600000}, both or {}';
  throw new InputError({ code: 'REQUEST_INVALID', message });
}
