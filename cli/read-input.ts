/** The standard input as text. */
import { addAbortSignal, type Readable } from 'node:stream';
import { InputError } from '../errors/errors.ts';

/** Most that is read, in bytes: what verbs take from there is a line or two. */
const inputBytesMax = 64 * 1024;

/**
 * All of it, once it has ended.
 * @throws InputError REQUEST_INVALID when there is too much.
 */
export async function readInput(input: Readable, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of addAbortSignal(signal, input)) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > inputBytesMax) {
      throw new InputError({ code: 'REQUEST_INVALID', message: `more than ${inputBytesMax} bytes on standard input` });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
