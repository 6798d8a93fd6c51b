/** Blobs whose chunks are written over while a slow registry still takes what was before. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { contentOf } from '../../content.ts';
import { lentChunks } from '../../lent-chunks.ts';
import { openAuthority } from '../certificates.ts';
import { app, openTestClient } from '../fixture.ts';
import { listen } from '../transcript.ts';

/** More than a connection over the loopback takes while nobody reads. */
const sizeBytes = 16 * 1024 * 1024;

/** How often others have their turn before the registry reads on. */
const turns = 8;

const authority = openAuthority();
afterAll(authority.close);
const tls = authority.issue('IP:127.0.0.1');

const layer = contentOf(
  'a/b',
  new Uint8Array(sizeBytes).map((_, at) => at + (at >> 8) + (at >> 16)),
);

/** A registry that is slow to read, and tells the digest of what it was sent. */
async function openSlowRegistry(isTls: boolean): Promise<{ readonly url: string; readonly found: () => string }> {
  let found = '';
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'POST') return void response.writeHead(202, { location: '/up/1' }).end();
    const hash = createHash('sha256');
    for await (const chunk of request) {
      for (let waited = 0; waited < turns; waited += 1) await turn();
      hash.update(chunk);
    }
    found = `sha256:${hash.digest('hex')}`;
    response.writeHead(201).end();
  };
  const server = isTls ? createTlsServer(tls, answer) : createServer(answer);
  const { port } = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`, found: () => found };
}

describe('a blob whose source writes over its chunks reaches a slow registry as it is', () => {
  const sizes = [1_000, 65_535, 65_536, 100_000, 524_288];
  it.each(sizes.flatMap((size) => [false, true].map((isTls) => ({ size, isTls, over: isTls ? 'TLS' : 'plain HTTP' }))))(
    'in chunks of $size bytes, over $over',
    async ({ size, isTls }) => {
      const { url, found } = await openSlowRegistry(isTls);
      const client = openTestClient({ url, ca: authority.ca });
      await client.repository(app).pushBlob(layer.descriptor, async () => lentChunks(layer.bytes, size));
      expect(found()).toBe(layer.descriptor.digest);
    },
  );
});
