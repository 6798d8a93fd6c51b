/** Carries out one order: so many connections, each with a request under way, until the time is over. */
import { type FreshBlob, freshBlobs } from './fresh-blob.ts';
import type { LoadOrder, LoadOutcome, LoadWork } from './load-order.ts';
import { openWireConnection, type WireConnection, type WireReply } from './wire-connection.ts';

/** One request, or one push, on the connection; resolves when its answer was what it must be. */
type Deed = (connection: WireConnection) => Promise<void>;

/**
 * The outcome of the order.
 * @throws Error when an answer is not what it must be.
 */
export async function makeLoad(order: LoadOrder): Promise<LoadOutcome> {
  const { host, port, concurrency, durationMs, countMin, countMax } = order;
  const latencies: number[] = [];
  let lastDigest: string | undefined;
  const deed = deedOf(order, (digest) => {
    lastDigest = digest;
  });
  const connections = await Promise.all(Array.from({ length: concurrency }, () => openWireConnection(host, port)));
  const before = process.cpuUsage();
  const began = performance.now();
  let begun = 0;

  async function work(connection: WireConnection): Promise<void> {
    while (begun < countMax && (begun < countMin || performance.now() - began < durationMs)) {
      begun += 1;
      const start = performance.now();
      await deed(connection);
      latencies.push(performance.now() - start);
    }
  }

  try {
    await Promise.all(connections.map(work));
  } finally {
    for (const connection of connections) connection.close();
  }
  const elapsedMs = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return {
    count: sorted.length,
    elapsedMs,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMs: (user + system) / 1000,
    ...(lastDigest === undefined ? {} : { lastDigest }),
  };
}

function deedOf(order: LoadOrder, onPushed: (digest: string) => void): Deed {
  const { work } = order;
  switch (work.kind) {
    case 'read':
      return readDeed(order, work);
    case 'push':
      return pushDeed(order, work, onPushed);
  }
}

function readDeed(order: LoadOrder, { method, path, accept, sizeBytes }: LoadWork & { readonly kind: 'read' }): Deed {
  const request = { head: headOf(order, method, path, [`Accept: ${accept}`]), isHead: method === 'HEAD' };
  return async (connection) => {
    const reply = await connection.exchange(request);
    const told = method === 'HEAD' ? Number(reply.header('content-length')) : reply.bodyBytes;
    if (reply.status !== 200 || told !== sizeBytes) {
      throw new Error(`${method} ${path}: ${reply.status} with ${told} bytes, not ${sizeBytes}`);
    }
  };
}

function pushDeed(
  order: LoadOrder,
  { repository, sizeBytes }: LoadWork & { readonly kind: 'push' },
  onPushed: (digest: string) => void,
): Deed {
  const makeBlob = freshBlobs(sizeBytes);
  const begin = { head: headOf(order, 'POST', `/v2/${repository}/blobs/uploads/`, lengthOf(0)) };
  return async (connection) => {
    const blob: FreshBlob = makeBlob();
    const begun = await connection.exchange(begin);
    mustBe(begun, 202);
    const path = `${uploadPath(begun)}digest=${encodeURIComponent(blob.digest)}`;
    mustBe(await connection.exchange({ head: headOf(order, 'PUT', path, lengthOf(sizeBytes)), body: blob.parts }), 201);
    onPushed(blob.digest);
  };
}

function mustBe(reply: WireReply, status: number): void {
  if (reply.status !== status) throw new Error(`a push was answered with ${reply.status}, not ${status}`);
}

/** Where the upload goes on, ready for one more parameter; a host before it is the one we speak to. */
function uploadPath(reply: WireReply): string {
  const location = reply.header('location') ?? '';
  const path = location.replace(/^https?:\/\/[^/]*/, '');
  return `${path}${path.includes('?') ? '&' : '?'}`;
}

function lengthOf(sizeBytes: number): readonly string[] {
  return [`Content-Length: ${sizeBytes}`, ...(sizeBytes > 0 ? ['Content-Type: application/octet-stream'] : [])];
}

function headOf({ host, port, headers }: LoadOrder, method: string, path: string, more: readonly string[]): string {
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, `Host: ${host}:${port}`, ...own, ...more, '', ''].join('\r\n');
}
