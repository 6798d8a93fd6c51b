/** The tokens of a start: when they are made, and when not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AccessDirectory, openAccessFile } from '../../../registry/access/access-file.ts';
import { ensureTokens, type FirstTokens, type FirstTokensInit } from '../../../service/supervisor/first-tokens.ts';

const now = Date.UTC(2026, 10, 30);

let directory: string;
let access: AccessDirectory;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'first-tokens-'));
  access = await openAccessFile(join(directory, 'access.json'), { now: () => now });
});

afterEach(() => rm(directory, { recursive: true }));

function start(init: Partial<FirstTokensInit> = {}): Promise<FirstTokens> {
  return ensureTokens(directory, access, { isNew: false, registryOnly: false, htpasswd: undefined, now, ...init });
}

async function revokeAdministrators(): Promise<void> {
  for (const { id, role } of await access.listTokens()) if (role === 'admin') await access.revokeToken(id);
}

test('the first start makes the administrator’s, and none after it does', async () => {
  const { adminToken = '' } = await start({ isNew: true });
  expect(await access.authenticate(undefined, adminToken)).toEqual({ name: 'admin', role: 'admin' });
  expect((await start()).adminToken).toBeUndefined();
  await rm(join(directory, 'admin.token'));
  expect((await start()).adminToken).toBeUndefined();
});

test('when the last administrator was revoked or removed, the next start makes another one', async () => {
  await start({ isNew: true });
  await access.createToken({ name: 'ci', role: 'pusher' }, now);
  await access.createUser({ name: 'ada', password: 'correct horse', role: 'admin' });
  await revokeAdministrators();
  expect((await start()).adminToken).toBeUndefined();
  await access.removeUser('ada');
  const { adminToken = '' } = await start();
  expect(await access.authenticate(undefined, adminToken)).toEqual({ name: 'admin', role: 'admin' });
});

test('while users that another program keeps are administrators, none is made', async () => {
  await start({ isNew: true });
  await revokeAdministrators();
  expect((await start({ htpasswd: { file: '/etc/registry/users', role: 'admin' } })).adminToken).toBeUndefined();
  expect((await start({ htpasswd: { file: '/etc/registry/users', role: 'member' } })).adminToken).toBeDefined();
});

test('the service’s own is made anew when it was revoked', async () => {
  const { serviceToken } = await start({ isNew: true });
  expect((await start()).serviceToken).toBe(serviceToken);
  for (const { id, role } of await access.listTokens()) if (role === 'service') await access.revokeToken(id);
  const { serviceToken: next = '' } = await start();
  expect(next).not.toBe(serviceToken);
  expect(await access.authenticate(undefined, next)).toEqual({ name: 'service', role: 'service' });
});
