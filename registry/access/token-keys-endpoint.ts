/** `/admin/v1/token-keys`: taking a new key for our tokens. */
import { jsonAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import { booleanIn, readAsked } from './member-request.ts';

/** POST signs with a new key from then on; with `atOnce`, tokens that were signed before end with it. */
export const tokenKeysEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/admin/v1/token-keys', verb: 'administer', answer: rotateKeys },
];

/** Without a body, tokens go on. */
async function rotateKeys({ access, body }: EndpointExchange) {
  const keyId = await access.issuer.rotate(booleanIn(await readAsked(body, ['atOnce']), 'atOnce'));
  return jsonAnswer({ keyId }, { status: 201 });
}
