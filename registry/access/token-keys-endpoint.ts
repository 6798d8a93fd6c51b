/** `/admin/v1/token-keys`: taking a new key for our tokens. */
import { InputError } from '../../errors/errors.ts';
import { jsonAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import { readBody } from '../http/request-body.ts';

/** POST signs with a new key from then on; with `atOnce`, tokens that were signed before end with it. */
export const tokenKeysEndpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/admin/v1/token-keys', verb: 'administer', answer: rotateKeys },
];

const bodyBytesMax = 1024;

async function rotateKeys({ access, body }: EndpointExchange) {
  const keyId = await access.issuer.rotate(await readAtOnce(body));
  return jsonAnswer({ keyId }, { status: 201 });
}

/** Without a body, tokens go on. */
async function readAtOnce(body: EndpointExchange['body']): Promise<boolean> {
  const bytes = await readBody(body, bodyBytesMax);
  if (bytes === undefined) throw malformed();
  if (bytes.length === 0) return false;
  const { atOnce = false } = parseObject(new TextDecoder().decode(bytes));
  if (typeof atOnce !== 'boolean') throw malformed();
  return atOnce;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw malformed();
  }
}

function malformed(): InputError {
  return new InputError({
    code: 'REQUEST_INVALID',
    message: 'not a rotation of keys',
    wayOut: 'send no body, or the JSON object {"atOnce": true}',
  });
}
