/** `/admin/v1/scrubs`: begin one, and see how the one under way is getting on, or how the last one ended. */
import { InputError, NotFoundError } from '../../errors/errors.ts';
import { jsonAnswer } from '../http/answer.ts';
import { answerWhenDone } from '../http/answer-when-done.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import { readJsonBody } from '../http/json-body.ts';

/** Begin one, and read the latest. */
export const scrubEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/admin/v1/scrubs',
    verb: 'administer',
    async answer(exchange: EndpointExchange) {
      const bytesPerSecond = await readRate(exchange);
      const { id, read } = exchange.scrubber.begin(bytesPerSecond === undefined ? {} : { bytesPerSecond });
      return jsonAnswer({ id, read: read() }, { status: 202 });
    },
  },
  {
    method: 'GET',
    path: '/admin/v1/scrubs/latest',
    verb: 'administer',
    async answer({ scrubber }: EndpointExchange) {
      const run = scrubber.latest();
      if (run !== undefined) return answerWhenDone(run.report, () => ({ id: run.id, read: run.read() }));
      throw new NotFoundError({ code: 'SCRUB_UNKNOWN', message: 'there was no scrub yet' });
    },
  },
];

/** No body asks for the usual rate. */
async function readRate({ body }: EndpointExchange): Promise<number | undefined> {
  const { bytesPerSecond, ...others } = await readJsonBody(body);
  const isRate = typeof bytesPerSecond === 'number' && Number.isSafeInteger(bytesPerSecond) && bytesPerSecond > 0;
  if ((bytesPerSecond === undefined || isRate) && Object.keys(others).length === 0) return bytesPerSecond;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: 'not a request to scrub: write {"bytesPerSecond": 1000000} or {}',
  });
}
