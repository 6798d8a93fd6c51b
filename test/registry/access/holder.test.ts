/** Asking again who holds a credential: what ends it, and what makes it another one. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessDirectory, openAccessFile } from '../../../registry/access/access-file.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

const password = 'correct horse battery';

let directory: string;
let access: AccessDirectory;
let time = 0;

beforeAll(async () => {
  directory = await temporaryDirectory();
  access = await openAccessFile(join(directory, 'access.json'), { now: () => time });
});

afterAll(() => rm(directory, { recursive: true }));

test('a user is recalled as who signed in, until the password or the role is another one', async () => {
  await access.createUser({ name: 'ada', password, role: 'pusher' });
  const ada = await access.identify('ada', password);
  expect(ada).toMatchObject({ member: { name: 'ada', role: 'pusher' }, credential: { kind: 'user', id: 'ada' } });
  expect(await access.recall({ kind: 'user', id: 'ada' })).toEqual(ada);
  await access.createUser({ name: 'ada', password, role: 'pusher', replaces: true });
  const sameAgain = await access.recall({ kind: 'user', id: 'ada' });
  expect(sameAgain?.version).not.toBe(ada?.version);
  await access.createUser({ name: 'ada', password, role: 'viewer', replaces: true });
  const lesser = await access.recall({ kind: 'user', id: 'ada' });
  expect(lesser?.member).toEqual({ name: 'ada', role: 'viewer' });
  expect(lesser?.version).not.toBe(sameAgain?.version);
  await access.removeUser('ada');
  expect(await access.recall({ kind: 'user', id: 'ada' })).toBeUndefined();
});

test('a token is recalled by its id until it is revoked or expires', async () => {
  const { id, secret } = await access.createToken({ name: 'ci', role: 'viewer', expiresAt: 100 }, time);
  const holder = await access.identify(undefined, secret);
  expect(holder).toMatchObject({ member: { name: 'ci', role: 'viewer' }, credential: { kind: 'token', id } });
  expect(await access.recall({ kind: 'token', id })).toEqual(holder);
  time = 100;
  expect(await access.recall({ kind: 'token', id })).toBeUndefined();
  time = 0;
  expect(await access.recall({ kind: 'token', id })).toEqual(holder);
  await access.revokeToken(id);
  expect(await access.recall({ kind: 'token', id })).toBeUndefined();
});

test('nobody is recalled by the name of another kind of credential', async () => {
  const { id } = await access.createToken({ name: 'bot', role: 'viewer' }, time);
  await access.createUser({ name: 'bob', password, role: 'viewer' });
  expect(await access.recall({ kind: 'user', id })).toBeUndefined();
  expect(await access.recall({ kind: 'user', id: 'bot' })).toBeUndefined();
  expect(await access.recall({ kind: 'token', id: 'bob' })).toBeUndefined();
});
