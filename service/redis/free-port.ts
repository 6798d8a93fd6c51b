/** A port that nobody listens on. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { assert } from '../../errors/errors.ts';

/** A free port of the address, as the system picks it. Somebody may be faster than the caller: be ready to ask again. */
export async function resolveFreePort(host: string): Promise<number> {
  const server = createServer();
  server.listen({ host, port: 0, exclusive: true });
  await once(server, 'listening');
  const address = server.address();
  assert(typeof address === 'object' && address !== null, 'a listening server has an address');
  server.close();
  await once(server, 'close');
  return address.port;
}
