/** The service's event stream, read and parsed. Spec: WHATWG HTML, "Interpreting an event stream". */

import { TransportError } from '../../errors/errors.ts';
import { type EventView, eventTypes, eventViewSchema } from '../event.ts';
import type { ServiceTransport } from './service-transport.ts';

export type ServiceEvent = EventView;

/** Longest event held in memory, in characters; a promotion's is about a thousand. */
const eventCharactersMax = 1024 * 1024;

/** Events from now on; ends when the service ends the stream. Types this version does not know are left out. */
export async function* readEvents(transport: ServiceTransport, signal: AbortSignal): AsyncGenerator<ServiceEvent> {
  const stream = await transport.stream('/api/v1/events', { accept: 'text/event-stream' }, signal);
  if (stream.status !== 200) {
    throw new TransportError({ code: 'SERVICE_ANSWER_INVALID', message: `no event stream: status ${stream.status}` });
  }
  for await (const block of blocksOf(stream.body)) {
    const event = parseEvent(block);
    if (event !== undefined) yield event;
  }
}

/** The blocks between blank lines. */
async function* blocksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    // A carriage return at the end may be the first half of a line's end.
    rest = (rest + decoder.decode(chunk, { stream: true })).replace(/\r\n|\r(?!$)/g, '\n');
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks;
    if (rest.length > eventCharactersMax) {
      throw new TransportError({ code: 'SERVICE_ANSWER_INVALID', message: 'an event is longer than 1 MiB' });
    }
  }
}

/** One event, or undefined for a comment, a notice, an unknown type or a malformed payload. */
function parseEvent(block: string): ServiceEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const before = fields.get(name);
    fields.set(name, name === 'data' && before !== undefined ? `${before}\n${value}` : value);
  }
  const type = fields.get('event');
  if (!eventTypes.some((known) => known === type)) return undefined;
  const parsed = eventViewSchema.safeParse({
    id: fields.get('id') ?? '',
    type,
    payload: parseJson(fields.get('data')),
  });
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
