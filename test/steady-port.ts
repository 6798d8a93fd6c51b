/** A port for a server of a test that is started later, or again: one that the system gives to nobody by itself. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux picks from for connections and for port 0 (net.ipv4.ip_local_port_range), above well-known servers. */
const first = 20_000;
const last = 29_999;

/**
 * A port of 127.0.0.1 that nobody listens on, and that no connection and no server on "any free port" gets meanwhile.
 *
 * The system's own choice would be free now, and perhaps taken by the time it is listened on, or while the server is down.
 */
export async function pickSteadyPort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, last + 1);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening').then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      return false;
    },
  );
  server.listen({ host: '127.0.0.1', port, exclusive: true });
  if (!(await listening)) return false;
  server.close();
  await once(server, 'close');
  return true;
}
