/** The event stream: whatever way its bytes come in, its events come out. */
import { describe, expect, it } from 'vitest';
import { readEvents, type ServiceEvent } from '../../../api/client/service-events.ts';
import type { ServiceTransport } from '../../../api/client/service-transport.ts';
import { promotionView } from '../../cli/sample-views.ts';

const data = JSON.stringify(promotionView({ reason: 'naïve' }));
const stream = [
  ': hello',
  '',
  `id: 1-0\nevent: promotion.progressed\ndata: ${data}`,
  '',
  'event: bye\ndata: {}',
  '',
  'id: 2-0\nevent: of.a.later.version\ndata: {}',
  '',
  'id: 3-0\nevent: promotion.finished\ndata: no JSON',
  '',
  `id: 4-0\nevent:promotion.finished\ndata:${data}`,
  '',
  '',
].join('\n');

describe('the event stream', () => {
  const cases = [
    { name: 'in one piece', text: stream, pieceBytes: Number.POSITIVE_INFINITY },
    { name: 'byte by byte', text: stream, pieceBytes: 1 },
    {
      name: 'with carriage returns, in one piece',
      text: stream.replaceAll('\n', '\r\n'),
      pieceBytes: Number.POSITIVE_INFINITY,
    },
    { name: 'with carriage returns, byte by byte', text: stream.replaceAll('\n', '\r\n'), pieceBytes: 1 },
    {
      name: 'with carriage returns alone, in small pieces',
      text: stream.replaceAll('\n', '\r').concat(': end'),
      pieceBytes: 7,
    },
  ];
  for (const { name, text, pieceBytes } of cases) {
    it(`${name} gives the events this version knows`, async () => {
      const events: ServiceEvent[] = [];
      for await (const event of readEvents(transportOf(text, pieceBytes), AbortSignal.timeout(5000)))
        events.push(event);
      expect(events.map(({ id, type }) => `${id} ${type}`)).toEqual([
        '1-0 promotion.progressed',
        '4-0 promotion.finished',
      ]);
      expect(events[0]?.payload).toEqual(promotionView({ reason: 'naïve' }));
    });
  }

  it('of an event without end is given up after 1 MiB', async () => {
    const events = readEvents(transportOf('x'.repeat(1024 * 1024 + 1), 65_536), AbortSignal.timeout(5000));
    await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'SERVICE_ANSWER_INVALID' });
  });
});

function transportOf(text: string, pieceBytes: number): ServiceTransport {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes)
      yield bytes.subarray(at, Math.min(bytes.length, at + pieceBytes));
  }
  return {
    url: 'http://service',
    request: async () => ({ status: 404, json: undefined, date: undefined }),
    stream: async () => ({ status: 200, body: pieces() }),
    close: async () => undefined,
  };
}
