/** Small JSON that a request to one of our own resources carries. */

import { InputError } from '../../errors/errors.ts';
import { parseJson, parseObject } from '../json-object.ts';
import { type RequestBody, readBody } from './request-body.ts';

/** Nothing that is asked for here is longer. */
const jsonBytesMax = 64 * 1024;

/**
 * The object in the body; empty when there is no body.
 * @throws InputError REQUEST_INVALID.
 */
export async function readJsonBody(body: RequestBody): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readBody(body, jsonBytesMax);
  const parsed = bytes?.length === 0 ? {} : parseObject(parseJson(Buffer.from(bytes ?? []).toString('utf8')));
  if (parsed !== undefined) return parsed;
  throw new InputError({ code: 'REQUEST_INVALID', message: 'the body is not a JSON object, or is a large one' });
}
