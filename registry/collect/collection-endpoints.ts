/** Collecting when an administrator asks for it, and what came of it. */
import { InputError, NotFoundError } from '../../errors/errors.ts';
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import { readJsonBody } from '../http/json-body.ts';
import type { CollectionRun } from './collector.ts';

/** An answer waits for the end so long; whoever asks again goes on waiting. */
const waitMsMax = 20_000;

/** `/admin/v1/collections`: begin one; `/admin/v1/collections/<id>`: one of the last few, `last` is that of garbage. */
export const collectionEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/admin/v1/collections',
    verb: 'administer',
    async answer(exchange: EndpointExchange) {
      return answerWhenDone(exchange.collector.begin({ dryRun: await readDryRun(exchange) }));
    },
  },
  {
    method: 'GET',
    path: '/admin/v1/collections/',
    verb: 'administer',
    async answer({ collector, rest }: EndpointExchange) {
      const run = rest === 'last' ? collector.last() : collector.find(rest);
      if (run !== undefined) return answerWhenDone(run);
      throw new NotFoundError({ code: 'COLLECTION_UNKNOWN', message: `no such collection since the start: ${rest}` });
    },
  },
];

/** 200 with the report, 202 when it is still under way, or how it failed. */
async function answerWhenDone({ id, dryRun, report }: CollectionRun): Promise<Answer> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), waitMsMax);
  try {
    const done = await Promise.race([report, late.promise]);
    if (done === undefined) return jsonAnswer({ id, dryRun }, { status: 202 });
    return jsonAnswer({ id, dryRun, report: done });
  } finally {
    clearTimeout(timer);
  }
}

/** No body asks for a real collection. */
async function readDryRun({ body }: EndpointExchange): Promise<boolean> {
  const { dryRun = false, ...others } = await readJsonBody(body);
  if (typeof dryRun === 'boolean' && Object.keys(others).length === 0) return dryRun;
  throw new InputError({ code: 'REQUEST_INVALID', message: 'not a request to collect: write {"dryRun": true} or {}' });
}
