import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { assertRedis } from '../../../service/redis/assert-redis.ts';
import { connectRedis } from '../../../service/redis/connection.ts';

/** Speaks just enough of the protocol to pass for a Redis of the version. */
async function verdictOn(version: string): Promise<string> {
  const info = `redis_version:${version}\r\nmaxmemory_policy:noeviction\r\nprocess_id:1\r\n`;
  const server = createServer((socket) => {
    socket.on('data', (bytes) => {
      // One answer per command; each command begins with an array header.
      for (const command of bytes.toString().split(/(?=^\*\d)/m)) {
        if (/\r\nhello\r\n/i.test(command)) socket.write("-ERR unknown command 'HELLO'\r\n");
        else if (/\r\ninfo\r\n/i.test(command)) socket.write(`$${info.length}\r\n${info}\r\n`);
        else if (/\r\nget\r\n/i.test(command)) socket.write('$1\r\n1\r\n');
        else socket.write('+OK\r\n');
      }
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `redis://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const redis = await connectRedis(url, 'producer');
  try {
    await assertRedis(redis, url, () => undefined);
    return 'accepted';
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  } finally {
    redis.disconnect();
    server.close();
  }
}

test.each([
  ['5.0.14', 'REDIS_TOO_OLD'],
  ['6.0.16', 'REDIS_TOO_OLD'],
  ['6.2.0', 'accepted'],
  ['7.0.15', 'accepted'],
  ['10.0.1', 'accepted'],
])('Redis %s is %s', async (version, verdict) => {
  expect(await verdictOn(version)).toBe(verdict);
});
