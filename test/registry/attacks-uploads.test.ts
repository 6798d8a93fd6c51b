/** What a hostile client may try with uploads. The rest of it: uploads.test.ts and hostile.test.ts. */
import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRawConnection } from './raw-connection.ts';
import {
  absentDigest,
  basic,
  blobOf,
  type Call,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
  temporaryDirectory,
} from './registry-under-test.ts';

const { digest } = blobOf('hello').descriptor;

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest({ limits: { sessionsPerActorMax: 30 } });
});

afterAll(() => registry.close());

async function begin(call: Partial<Call> = {}): Promise<string> {
  const reply = await registry.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/', ...call });
  expect(reply.status).toBe(202);
  return reply.headers.location ?? '';
}

async function statusOf(call: Call): Promise<number> {
  return (await registry.call(call)).status;
}

function head(line: string): string {
  return `${line}\r\nHost: x\r\nAuthorization: ${basic('x', registry.tokens.admin).authorization}\r\n`;
}

describe('an upload session: in another repository, by another user, after its end', () => {
  test.each(['GET', 'PATCH', 'PUT', 'DELETE'])('%s by somebody else, or elsewhere, finds none', async (method) => {
    const location = await begin();
    const query = method === 'PUT' ? `?digest=${digest}` : '';
    const calls: Call[] = [
      { method, path: `${location}${query}`, as: 'pusher' },
      { method, path: `${location}${query}`.replace('team/app', 'team/web') },
      { method, path: `${location}${query}`.replace('team/app', 'team') },
    ];
    for (const call of calls) {
      const reply = await registry.call({ ...call, ...(method === 'GET' ? {} : { body: 'hello' }) });
      expect([call.path, reply.status, reply.codes]).toEqual([call.path, 404, ['BLOB_UPLOAD_UNKNOWN']]);
    }
    expect((await registry.call({ path: location })).headers.range).toBe('0-0');
    await registry.call({ method: 'DELETE', path: location });
  });

  test('a user and an API token of one name are two, and a token of ours is whose it is', async () => {
    await registry.access.createUser({ name: 'pusher-token', password: 'a long password', role: 'pusher' });
    const user = basic('pusher-token', 'a long password');
    const scope = 'scope=repository:team/app:pull,push';
    const { token } = jsonOf(await registry.call({ path: `/token?${scope}`, as: 'pusher' })) as { token: string };
    const bearer = { authorization: `Bearer ${token}` };
    const location = await begin({ as: 'pusher' });
    expect(await statusOf({ path: location, as: user })).toBe(404);
    expect(await statusOf({ method: 'PATCH', path: location, as: user, body: 'hello' })).toBe(404);
    expect(await statusOf({ method: 'PATCH', path: location, as: bearer, body: 'hello' })).toBe(202);
    expect(await statusOf({ method: 'DELETE', path: location, as: 'pusher' })).toBe(204);
  });

  test('is at its end after a wrong digest too', async () => {
    const location = await begin();
    expect(await statusOf({ method: 'PUT', path: `${location}?digest=${absentDigest}`, body: 'hello' })).toBe(400);
    expect(await statusOf({ method: 'PUT', path: `${location}?digest=${digest}`, body: 'hello' })).toBe(404);
    expect(await statusOf({ path: `/v2/team/app/blobs/${digest}` })).toBe(404);
  });
});

describe('an upload session: twice at once, PATCH racing PUT', () => {
  test('of many PUTs at once one makes the blob, and the others are told no', async () => {
    const location = await begin();
    const path = `${location}?digest=${blobOf('raced').descriptor.digest}`;
    const statuses = await Promise.all(
      Array.from({ length: 8 }, () => statusOf({ method: 'PUT', path, body: 'raced' })),
    );
    expect(statuses.filter((status) => status === 201)).toEqual([201]);
    expect(statuses.filter((status) => ![201, 404, 409].includes(status))).toEqual([]);
  });

  test('PATCH and PUT at once never make a blob of other bytes than its digest says', async () => {
    for (let round = 0; round < 10; round += 1) {
      const body = `round ${round} ${randomBytes(8).toString('hex')}`;
      const location = await begin();
      const wanted = blobOf(body).descriptor.digest;
      const [put] = await Promise.all([
        statusOf({ method: 'PUT', path: `${location}?digest=${wanted}`, body }),
        statusOf({ method: 'PATCH', path: location, body: 'more' }),
        statusOf({ method: 'PATCH', path: location, body: 'more' }),
      ]);
      const pulled = await registry.call({ path: `/v2/team/app/blobs/${wanted}` });
      expect([put, pulled.status === 200 ? pulled.text : undefined]).toEqual([put, put === 201 ? body : undefined]);
      await registry.call({ method: 'DELETE', path: location });
    }
  });

  test('DELETE and PUT at once leave the blob whole, or none', async () => {
    for (let round = 0; round < 10; round += 1) {
      const body = `cancelled ${round}`;
      const location = await begin();
      const wanted = blobOf(body).descriptor.digest;
      const [put] = await Promise.all([
        statusOf({ method: 'PUT', path: `${location}?digest=${wanted}`, body }),
        statusOf({ method: 'DELETE', path: location }),
      ]);
      expect(await statusOf({ path: `/v2/team/app/blobs/${wanted}` })).toBe(put === 201 ? 200 : 404);
      await registry.call({ method: 'DELETE', path: location });
    }
  });
});

describe('an upload session: lies about length, a body without end', () => {
  test('a body shorter than it said keeps what came, and no blob comes of it', async () => {
    const location = await begin();
    const connection = openRawConnection(registry.port);
    connection.write(`${head(`PUT ${location}?digest=${digest} HTTP/1.1`)}Content-Length: 5\r\n\r\nhel`);
    await expect.poll(async () => (await registry.call({ path: location })).headers.range).toBe('0-2');
    connection.socket.destroy();
    await expect.poll(() => statusOf({ method: 'PATCH', path: location, body: '' })).toBe(202);
    expect(await statusOf({ path: `/v2/team/app/blobs/${digest}` })).toBe(404);
    expect(await statusOf({ method: 'PUT', path: `${location}?digest=${digest}`, body: 'lo' })).toBe(201);
  });

  test('a client that goes away behind all of it is no failure of the registry', async () => {
    const clients = 40;
    const answered = () => registry.events.filter(({ kind }) => kind === 'answered').length;
    const before = answered();
    for (let at = 0; at < clients; at += 1) {
      const connection = openRawConnection(registry.port);
      const path = `/v2/team/app/blobs/uploads/?digest=${digest}`;
      connection.write(`${head(`POST ${path} HTTP/1.1`)}Content-Length: 5\r\n\r\nhello`);
      await new Promise<void>((resolve) => connection.socket.end(resolve));
      connection.socket.destroy();
    }
    await expect.poll(answered).toBe(before + clients);
    expect(registry.events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  });

  test('bytes beyond the length are another request, and no part of the blob', async () => {
    const location = await begin();
    const connection = openRawConnection(registry.port);
    connection.write(
      `${head(`PATCH ${location} HTTP/1.1`)}Content-Length: 5\r\n\r\nhelloGET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    const received = await connection.until(/HTTP\/1\.1 202 [\s\S]*HTTP\/1\.1 401 /);
    connection.socket.destroy();
    expect(/^range: (.*)\r$/im.exec(received)?.[1]).toBe('0-4');
    await registry.call({ method: 'DELETE', path: location });
  });

  test('a length that nobody can store is refused, or closed without an answer', async () => {
    const location = await begin();
    const connection = openRawConnection(registry.port);
    connection.write(`${head(`PATCH ${location} HTTP/1.1`)}Content-Length: 99999999999999999999999\r\n\r\nhello`);
    expect(await connection.closed()).toMatch(/^$|^HTTP\/1\.1 4/);
    await registry.call({ method: 'DELETE', path: location });
  });

  test('a chunk extension without end is refused', async () => {
    const location = await begin();
    const connection = openRawConnection(registry.port);
    connection.write(`${head(`PATCH ${location} HTTP/1.1`)}Transfer-Encoding: chunked\r\n\r\n5;${'x'.repeat(100_000)}`);
    expect(await connection.closed()).toMatch(/^$|^HTTP\/1\.1 4/);
    await expect.poll(() => statusOf({ method: 'DELETE', path: location })).toBe(204);
  });
});

describe('an upload session: many at once, never finished', () => {
  test('one user’s are bounded, in all repositories together, and cost another user nothing', async () => {
    const opened = await Promise.all(
      Array.from({ length: 60 }, (_, at) =>
        registry.call({ method: 'POST', path: `/v2/team/r${at}/blobs/uploads/`, as: 'operator' }),
      ),
    );
    expect(opened.filter(({ status }) => status === 202).length).toBe(30);
    expect(opened.filter(({ status }) => status === 429).length).toBe(30);
    const refused = await registry.call({
      method: 'POST',
      path: `/v2/team/app/blobs/uploads/?digest=${digest}`,
      as: 'operator',
      body: 'hello',
    });
    expect([refused.status, refused.codes, refused.headers['retry-after']]).toEqual([429, ['TOOMANYREQUESTS'], '60']);
    await begin({ as: 'pusher' });
    for (const { headers } of opened) {
      if (headers.location !== undefined)
        await registry.call({ method: 'DELETE', path: headers.location, as: 'operator' });
    }
    await begin({ as: 'operator' });
  });

  test.each([
    ['how many there are', { sessionsMax: 2 }],
    ['how much they hold', { uploadedBytesMax: 10 }],
  ])('all together are bounded in %s, until one is over', async (_, limits) => {
    const bounded = await openRegistryUnderTest({ limits });
    const post = () => bounded.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
    const [first = '', second = ''] = [(await post()).headers.location, (await post()).headers.location];
    for (const path of [first, second]) await bounded.call({ method: 'PATCH', path, body: 'hello' });
    expect((await post()).status).toBe(429);
    expect((await bounded.call({ method: 'DELETE', path: first })).status).toBe(204);
    expect((await post()).status).toBe(202);
    await bounded.close();
  });

  test('one that is a single request is not thrown away while that goes on, however long it takes', async () => {
    const forgetful = await openRegistryUnderTest({ limits: { sessionIdleMs: 50 } });
    const temporary = join(forgetful.directory, 'registry', 'temporary');
    const { authorization } = basic('x', forgetful.tokens.pusher);
    const connection = openRawConnection(forgetful.port);
    connection.write(`POST /v2/team/app/blobs/uploads/?digest=${digest} HTTP/1.1\r\nHost: x\r\n`);
    connection.write(`Authorization: ${authorization}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhel`);
    await expect.poll(() => readdir(temporary)).toHaveLength(1);
    // Begun later, so that the other one would be gone before it.
    await forgetful.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
    await expect.poll(() => readdir(temporary)).toHaveLength(1);
    connection.write('lo');
    expect(await connection.closed()).toMatch(/^HTTP\/1\.1 201/);
    await forgetful.close();
  });

  test('all of them are gone when the registry closes', async () => {
    const directory = await temporaryDirectory();
    const closing = await openRegistryUnderTest({ directory });
    for (let at = 0; at < 5; at += 1) await closing.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
    const temporary = join(directory, 'registry', 'temporary');
    expect((await readdir(temporary)).length).toBe(5);
    await closing.close();
    expect(await readdir(temporary)).toEqual([]);
    await rm(directory, { recursive: true });
  });
});
