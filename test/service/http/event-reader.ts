/** A reader of the event stream over a real socket: fields are read as the standard says. */
import { type ClientRequest, get, type IncomingMessage } from 'node:http';

export interface EventMessage {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

export interface EventReader {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly messages: EventMessage[];
  /** Comments seen: the heartbeats. */
  comments: number;
  ended: boolean;
  /** Stops taking bytes, so that the service's buffers fill. */
  stall(): void;
  goOn(): void;
  leave(): void;
}

/** Connects to the stream; resolves with its headers. Spec: HTML Living Standard, "Server-sent events: Parsing an event stream". */
export async function openEventReader(url: string, headers: Record<string, string>): Promise<EventReader> {
  const request: ClientRequest = get(url, { headers, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
  const reader: EventReader = {
    ...{ status: response.statusCode ?? 0, headers: response.headers, messages: [], comments: 0, ended: false },
    stall: () => response.pause(),
    goOn: () => response.resume(),
    leave: () => request.destroy(),
  };
  let unread = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const blocks = (unread + chunk).split('\n\n');
    unread = blocks.pop() ?? '';
    for (const block of blocks) readBlock(reader, block);
  });
  response.on('close', () => {
    reader.ended = true;
  });
  request.on('error', () => undefined);
  return reader;
}

function readBlock(reader: EventReader, block: string): void {
  const lines = block.split('\n');
  const valuesOf = (field: string) =>
    lines.filter((line) => line.startsWith(`${field}: `)).map((line) => line.slice(field.length + 2));
  if (lines.every((line) => line.startsWith(':'))) reader.comments++;
  const [event] = valuesOf('event');
  if (event !== undefined) reader.messages.push({ id: valuesOf('id')[0], event, data: valuesOf('data').join('\n') });
}
