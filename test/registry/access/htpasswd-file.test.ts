/** Users of an htpasswd file: who they are, what a changed file does, and what wrong passwords cost. */
import { readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AccessDirectory, openAccessFile } from '../../../registry/access/access-file.ts';
import { type HtpasswdEvent, type HtpasswdFile, openHtpasswdFile } from '../../../registry/access/htpasswd-file.ts';
import { codeOf } from '../../oci/code-of.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

/** The least cost there is: tests need not be slow to guess. */
const cost = 4;
const line = (name: string, password: string) => `${name}:${hashSync(password, cost).replace('$2b', '$2y')}\n`;

let now = 0;
let directory: string;
let file: string;
let events: HtpasswdEvent[];
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  now = Date.UTC(2026, 10, 24);
  directory = await temporaryDirectory();
  file = join(directory, 'users');
  events = [];
  await writeFile(file, line('ada', 'correct horse') + line('grace', 'battery staple'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await rm(directory, { recursive: true });
});

async function open(): Promise<HtpasswdFile> {
  const users = await openHtpasswdFile({
    file,
    role: 'pusher',
    now: () => now,
    onEvent: (event) => events.push(event),
  });
  opened.push(users);
  return users;
}

async function openDirectory(): Promise<AccessDirectory> {
  const htpasswd = await open();
  return await openAccessFile(join(directory, 'access.json'), { now: () => now, htpasswd });
}

async function replace(text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

describe('a user of an htpasswd file', () => {
  test('has the role of the file, and a credential that can be looked up again', async () => {
    const users = await open();
    const holder = await users.identify('ada', 'correct horse');
    expect(holder).toMatchObject({
      member: { name: 'ada', role: 'pusher' },
      credential: { kind: 'htpasswd', id: 'ada' },
    });
    expect(await users.recall('ada')).toEqual(holder);
    expect(await users.recall('eve')).toBeUndefined();
  });

  const wrong: readonly (readonly [name: string, password: string])[] = [
    ['ada', 'battery staple'],
    ['ada', ''],
    ['Ada', 'correct horse'],
    ['eve', 'correct horse'],
    ['', 'correct horse'],
  ];
  test.each(wrong)('is not %j with %j', async (name, password) => {
    expect(await (await open()).identify(name, password)).toBeUndefined();
  });

  test('has no password of which bcrypt would read the beginning alone', async () => {
    const long = 'x'.repeat(72);
    await replace(line('ada', long));
    const users = await open();
    expect(await users.identify('ada', long)).toBeDefined();
    expect(await users.identify('ada', `${long}y`)).toBeUndefined();
    expect(await users.identify('ada', `${'x'.repeat(71)}é`)).toBeUndefined();
  });

  test('is recognized for a minute after the password was found right, and by no other password', async () => {
    const users = await open();
    expect(await users.recognize('ada', 'correct horse')).toBeUndefined();
    await users.identify('ada', 'correct horse');
    expect(await users.recognize('ada', 'correct horse')).toMatchObject({ member: { name: 'ada' } });
    expect(await users.recognize('ada', 'battery staple')).toBeUndefined();
    expect(await users.recognize('grace', 'correct horse')).toBeUndefined();
    now += 60_000;
    expect(await users.recognize('ada', 'correct horse')).toBeUndefined();
  });

  test('who asks many times at once is let in each time', async () => {
    const users = await open();
    const holders = await Promise.all(Array.from({ length: 100 }, () => users.identify('ada', 'correct horse')));
    expect(holders.filter((holder) => holder?.member.name === 'ada')).toHaveLength(100);
  });

  test('holds up nobody else while the password is hashed', async () => {
    await replace(`ada:${hashSync('correct horse', 10)}\n`);
    const users = await open();
    const progress = { isSettled: false, turns: 0 };
    const identified = users.identify('ada', 'correct horse').finally(() => {
      progress.isSettled = true;
    });
    while (!progress.isSettled) {
      await setImmediate();
      progress.turns += 1;
    }
    expect(await identified).toBeDefined();
    // Hashed between two turns of the loop it would be a handful.
    expect(progress.turns).toBeGreaterThan(100);
  });

  // Whoever is not in the file takes a place in the queue as well: the work is the same.
  test.each(['ada', 'nobody'])('is sent away when too many others wait, be it %s', async (name) => {
    const users = await open();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, at) => users.identify(name, `guess ${at}`)),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map((outcome) => outcome.reason.code)).toEqual(Array.from({ length: 8 }, () => 'SIGN_IN_BUSY'));
  });
});

describe('a changed file', () => {
  test('counts at once: who is new, who is gone, and whose password is another', async () => {
    const users = await open();
    await users.identify('ada', 'correct horse');
    const before = await users.recall('ada');
    await replace(line('ada', 'new password') + line('eve', 'correct horse'));
    expect(await users.recognize('ada', 'correct horse')).toBeUndefined();
    expect(await users.identify('ada', 'correct horse')).toBeUndefined();
    expect(await users.identify('ada', 'new password')).toBeDefined();
    expect(await users.identify('eve', 'correct horse')).toBeDefined();
    expect(await users.recall('grace')).toBeUndefined();
    expect((await users.recall('ada'))?.version).not.toBe(before?.version);
    expect(events).toEqual([{ kind: 'htpasswd-loaded', path: file, users: 2 }]);
  });

  test('that was written in place counts as well', async () => {
    const users = await open();
    await writeFile(file, (await readFile(file, 'utf8')) + line('eve', 'correct horse'));
    expect(await users.identify('eve', 'correct horse')).toBeDefined();
  });

  test('with a wrong line is told once, and the users from before stay', async () => {
    const users = await open();
    await replace(`${line('eve', 'x')}oops\n`);
    expect(await users.identify('ada', 'correct horse')).toBeDefined();
    expect(await users.identify('eve', 'x')).toBeUndefined();
    expect(events).toMatchObject([{ kind: 'htpasswd-refused', path: file, code: 'HTPASSWD_INVALID' }]);
    expect(events[0]).toHaveProperty('message', expect.stringContaining('line 2'));
    await replace(line('eve', 'x'));
    expect(await users.identify('eve', 'x')).toBeDefined();
    expect(await users.identify('ada', 'correct horse')).toBeUndefined();
    expect(events.map(({ kind }) => kind)).toEqual(['htpasswd-refused', 'htpasswd-loaded']);
  });

  test('that is gone keeps the users from before, and is told', async () => {
    const users = await open();
    await rm(file);
    expect(await users.identify('ada', 'correct horse')).toBeDefined();
    expect(events.map(({ kind }) => kind)).toEqual(['htpasswd-refused']);
  });

  test('that cannot be looked at keeps the users from before, and is told', async () => {
    const users = await open();
    await rm(file);
    await symlink(file, file);
    for (const _ of Array(2)) expect(await users.identify('ada', 'correct horse')).toBeDefined();
    expect(events.map(({ kind }) => kind)).toEqual(['htpasswd-refused']);
    await replace(line('eve', 'x'));
    expect(await users.identify('ada', 'correct horse')).toBeUndefined();
  });

  test('that is empty has nobody in it', async () => {
    const users = await open();
    await replace('');
    expect(await users.identify('ada', 'correct horse')).toBeUndefined();
  });
});

test('a file that is wrong at the start is refused', async () => {
  await writeFile(file, 'oops\n');
  expect(await codeOf(open)).toBe('HTPASSWD_INVALID');
  await writeFile(file, `#${'x'.repeat(1024 * 1024)}`);
  expect(await codeOf(open)).toBe('HTPASSWD_INVALID');
  await rm(file);
  expect(await codeOf(open)).toBe('HTPASSWD_INVALID');
});

describe('users of both files', () => {
  test('sign in side by side, and a user of our own goes before one of the same name', async () => {
    const access = await openDirectory();
    await access.createUser({ name: 'ada', password: 'one of our own', role: 'admin' });
    expect(await access.authenticate('ada', 'one of our own')).toEqual({ name: 'ada', role: 'admin' });
    expect(await access.authenticate('ada', 'correct horse')).toBeUndefined();
    expect(await access.recall({ kind: 'htpasswd', id: 'ada' })).toBeUndefined();
    expect(await access.authenticate('grace', 'battery staple')).toEqual({ name: 'grace', role: 'pusher' });
    expect(await access.authenticate('grace', 'battery staple')).toEqual({ name: 'grace', role: 'pusher' });
    expect(await access.recall({ kind: 'htpasswd', id: 'grace' })).toMatchObject({ member: { name: 'grace' } });
  });

  test('whose password was right a moment ago are locked out by a user of our own of that name', async () => {
    const access = await openDirectory();
    await access.authenticate('ada', 'correct horse');
    await access.createUser({ name: 'ada', password: 'one of our own', role: 'viewer' });
    expect(await access.authenticate('ada', 'correct horse')).toBeUndefined();
  });

  test('cost the same work, be the name known or not', async () => {
    const users = await open();
    const asked: string[] = [];
    const watched: HtpasswdFile = {
      ...users,
      identify: (name, password) => {
        asked.push(name);
        return users.identify(name, password);
      },
    };
    const access = await openAccessFile(join(directory, 'access.json'), { now: () => now, htpasswd: watched });
    await access.createUser({ name: 'own', password: 'one of our own', role: 'viewer' });
    for (const name of ['own', 'ada', 'nobody']) await access.authenticate(name, 'a wrong password');
    expect(asked).toEqual(['own', 'ada', 'nobody']);
  });
});
