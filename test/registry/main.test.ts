/** The registry as a process: how it begins and ends. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAccessFile } from '../../registry/access/access-file.ts';
import { waitUntil } from '../e2e/wait-until.ts';
import { mustStartRegistry, startRegistry } from './registry-process.ts';
import { basic, blobOf, send, temporaryDirectory } from './registry-under-test.ts';

let directory: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => rm(directory, { recursive: true }));

/** The answer to a GET, of which nothing has been read. */
function beginPull(port: number, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, headers, agent: false }, resolve).once('error', reject);
  });
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(false)).once('error', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}

const nobody = { viewer: '', pusher: '', operator: '', admin: '' };

describe('the process', () => {
  test('serves who the access file knows, and learns of new ones while it runs', async () => {
    const registry = await mustStartRegistry({ directory });
    const access = await openAccessFile(join(directory, 'access.json'));
    const { id, secret } = await access.createToken({ name: 'ci', role: 'viewer' }, Date.now());
    const ping = async () => (await send(registry.port, nobody, { path: '/v2/', as: basic('x', secret) })).status;
    expect(await ping()).toBe(200);
    await access.revokeToken(id);
    expect(await ping()).toBe(401);
    expect(await registry.stop()).toBe(0);
  });

  test('ends when it is told to, and leaves no lock', async () => {
    const registry = await mustStartRegistry({ directory });
    expect(await registry.stop()).toBe(0);
    const left = ['collection.json', 'content', 'repositories', 'schema.json', 'temporary', 'token-keys.json'];
    expect(await readdir(join(directory, 'registry'))).toEqual(left);
    expect(registry.stderr()).toBe('');
  });

  test('finishes a pull that is under way, though it is told twice to end', async () => {
    const registry = await mustStartRegistry({ directory });
    const access = await openAccessFile(join(directory, 'access.json'));
    const as = basic('x', (await access.createToken({ name: 'ci', role: 'admin' }, Date.now())).secret);
    const bytes = Buffer.alloc(32 * 1024 * 1024, 'a');
    const { digest } = blobOf(bytes.toString()).descriptor;
    const push = { method: 'POST', path: `/v2/team/app/blobs/uploads/?digest=${digest}`, as, body: bytes };
    expect((await send(registry.port, nobody, push)).status).toBe(201);

    const pull = await beginPull(registry.port, `/v2/team/app/blobs/${digest}`, as);
    registry.child.kill('SIGTERM');
    await waitUntil('nobody is let in any more', () => isRefused(registry.port));
    const stopped = registry.stop();
    let received = 0;
    for await (const chunk of pull) received += (chunk as Buffer).length;
    expect(received).toBe(bytes.length);
    expect(await stopped).toBe(0);
    expect(await readdir(join(directory, 'registry'))).not.toContain('registry.lock');
  });

  test('tells who asked for what and what changed where that is wanted, and of probes that all is well nothing', async () => {
    const registry = await mustStartRegistry({ directory, environment: { REGISTRY_ACTION_LOG_LEVEL: 'info' } });
    const access = await openAccessFile(join(directory, 'access.json'));
    const as = basic('x', (await access.createToken({ name: 'ci', role: 'viewer' }, Date.now())).secret);
    await send(registry.port, nobody, { path: '/livez', as: 'nobody' });
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    await send(registry.port, nobody, { method: 'POST', path: '/v2/team/app/blobs/uploads/', as, headers });
    expect(await registry.stop()).toBe(0);
    const lines = registry.stderr().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        ...{ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), part: 'registry', level: 'info', kind: 'answered' },
        ...{ method: 'POST', path: '/v2/team/app/blobs/uploads/', status: 403, whole: true, actor: 'ci' },
        ...{ remoteAddress: '127.0.0.1', forwardedFor: '198.51.100.7', durationMs: expect.any(Number) },
        why: expect.stringContaining('DENIED: ci may not push in team/app'),
      },
    ]);
  });

  test('goes on when nobody reads what it says any more', async () => {
    const registry = await mustStartRegistry({ directory, environment: { REGISTRY_ACTION_LOG_LEVEL: 'info' } });
    registry.child.stderr?.destroy();
    for (let times = 0; times < 3; times += 1) {
      expect((await send(registry.port, nobody, { path: '/v2/', as: 'nobody' })).status).toBe(401);
    }
    expect(await registry.stop()).toBe(0);
  });

  test('ends with whoever started it', async () => {
    const registry = await mustStartRegistry({ directory });
    registry.child.stdin?.end();
    expect([await registry.ended(), registry.stderr()]).toEqual([[0, null], '']);
  });

  test('says what is wrong and what to do, and exits by the table', async () => {
    const registry = await mustStartRegistry({ directory });
    const second = await startRegistry({ directory });
    expect(second).toMatchObject({ exitCode: 5 });
    expect('child' in second ? '' : JSON.parse(second.stderr)).toMatchObject({
      error: 'DATA_DIRECTORY_IN_USE',
      message: expect.stringContaining(`process ${registry.child.pid} on ${hostname()}`),
      wayOut: expect.stringContaining('registry.lock'),
    });
    const samePort = { REGISTRY_ACTION_REGISTRY_PORT: String(registry.port) };
    const neighbour = { directory: join(directory, 'neighbour'), environment: samePort };
    expect(await startRegistry(neighbour)).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('PORT_TAKEN'),
    });
    await registry.stop();
  });

  test.each(['70000', '-1', 'http', ''])('refuses the port %j', async (port) => {
    const environment = { REGISTRY_ACTION_REGISTRY_PORT: port };
    expect(await startRegistry({ directory, environment })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('REQUEST_INVALID'),
    });
  });

  test('refuses an access file it cannot read', async () => {
    await writeFile(join(directory, 'access.json'), '{');
    expect(await startRegistry({ directory })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('ACCESS_FILE_INVALID'),
    });
  });
});
