/** Users and tokens in their file. */
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { type AccessDirectory, openAccessFile } from '../../../registry/access/access-file.ts';
import { codeOf } from '../../oci/code-of.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

const noon = Date.UTC(2026, 10, 24, 12);
let now = noon;
let directory: string;
let path: string;
let access: AccessDirectory;

beforeEach(async () => {
  now = noon;
  directory = await temporaryDirectory();
  path = join(directory, 'new', 'access.json');
  access = await openAccessFile(path, { now: () => now });
});

afterEach(() => rm(directory, { recursive: true }));

/** The same file as another process would open it. */
function openElsewhere(): Promise<AccessDirectory> {
  return openAccessFile(path, { now: () => now });
}

describe('a token', () => {
  test('names its holder, whatever the user name', async () => {
    const { secret } = await access.createToken({ name: 'ci', role: 'pusher' }, now);
    for (const username of [undefined, '', 'ci', 'admin']) {
      expect(await access.authenticate(username, secret)).toEqual({ name: 'ci', role: 'pusher' });
    }
  });

  test('has an id and a secret that tell it apart', async () => {
    const { id, secret } = await access.createToken({ name: 'ci', role: 'pusher' }, now);
    expect(secret).toMatch(new RegExp(`^rat_${id}_[A-Za-z0-9_-]{43}$`));
  });

  test('is listed without its secret', async () => {
    const first = await access.createToken({ name: 'ci', role: 'pusher' }, now);
    const second = await access.createToken({ name: 'night', role: 'viewer', expiresAt: now + 1 }, now);
    expect(await access.listTokens()).toEqual([
      { id: first.id, name: 'ci', role: 'pusher', createdAt: noon },
      { id: second.id, name: 'night', role: 'viewer', createdAt: noon, expiresAt: noon + 1 },
    ]);
  });

  test('ends when it expires', async () => {
    const { secret } = await access.createToken({ name: 'ci', role: 'pusher', expiresAt: noon + 1_000 }, now);
    now = noon + 999;
    expect(await access.authenticate(undefined, secret)).toBeDefined();
    now = noon + 1_000;
    expect(await access.authenticate(undefined, secret)).toBeUndefined();
  });

  test('ends when it is revoked, in every process at once', async () => {
    const elsewhere = await openElsewhere();
    const { id, secret } = await access.createToken({ name: 'ci', role: 'pusher' }, now);
    expect(await elsewhere.authenticate(undefined, secret)).toEqual({ name: 'ci', role: 'pusher' });
    expect(await access.revokeToken(id)).toBe(true);
    expect(await elsewhere.authenticate(undefined, secret)).toBeUndefined();
    expect(await elsewhere.revokeToken(id)).toBe(false);
  });

  test('may be limited to repositories, here and in every other process', async () => {
    const repositories = ['team/**', 'common'].map(parseRepositoryPattern);
    const { id, secret } = await access.createToken({ name: 'ci', role: 'pusher', repositories }, now);
    const member = { name: 'ci', role: 'pusher', repositories: ['team/**', 'common'] };
    expect(await access.authenticate(undefined, secret)).toEqual(member);
    expect(await (await openElsewhere()).authenticate(undefined, secret)).toEqual(member);
    expect(await access.listTokens()).toEqual([{ id, ...member, createdAt: noon }]);
  });

  test('with a limit makes the file one that a program without limits refuses, and its end makes it readable again', async () => {
    const schemaNow = async () => JSON.parse(await readFile(path, 'utf8')).schema;
    await access.createToken({ name: 'ci', role: 'pusher' }, now);
    expect(await schemaNow()).toBe(1);
    const repositories = [parseRepositoryPattern('**')];
    const { id } = await access.createToken({ name: 'limited', role: 'pusher', repositories }, now);
    expect(await schemaNow()).toBe(2);
    await access.revokeToken(id);
    expect(await schemaNow()).toBe(1);
  });

  test.each(['rat_', 'rat_x_y', `rat_${'0'.repeat(12)}_${'A'.repeat(43)}`, `rat_${'0'.repeat(12)}_${'A'.repeat(44)}`])(
    'that nobody has is nobody’s: %s',
    async (secret) => {
      await access.createToken({ name: 'ci', role: 'pusher' }, now);
      expect(await access.authenticate('ci', secret)).toBeUndefined();
    },
  );

  test.each(['', ' x', 'x y', 'a\nb', 'a:b', 'a/b', 'x'.repeat(65), 'anonymous', 'Anonymous'])(
    'cannot be named %j',
    async (name) => {
      expect(await codeOf(() => access.createToken({ name, role: 'viewer' }, now))).toBe('REQUEST_INVALID');
    },
  );
});

describe('a user', () => {
  test('is known by name and password', async () => {
    await access.createUser({ name: 'ada', password: 'correct horse', role: 'operator' });
    expect(await access.authenticate('ada', 'correct horse')).toEqual({ name: 'ada', role: 'operator' });
    expect(await access.authenticate('ada', 'wrong horse')).toBeUndefined();
    expect(await access.authenticate('eve', 'correct horse')).toBeUndefined();
    expect(await access.authenticate(undefined, 'correct horse')).toBeUndefined();
  });

  test('who gets a new password and role loses the old ones at once, in every process', async () => {
    const elsewhere = await openElsewhere();
    await access.createUser({ name: 'ada', password: 'first password', role: 'viewer' });
    expect(await elsewhere.authenticate('ada', 'first password')).toEqual({ name: 'ada', role: 'viewer' });
    await access.createUser({ name: 'ada', password: 'second password', role: 'admin', replaces: true });
    expect(await elsewhere.authenticate('ada', 'first password')).toBeUndefined();
    expect(await elsewhere.authenticate('ada', 'second password')).toEqual({ name: 'ada', role: 'admin' });
  });

  test('is not replaced by accident', async () => {
    await access.createUser({ name: 'ada', password: 'first password', role: 'viewer' });
    const again = { name: 'ada', password: 'second password', role: 'admin' } as const;
    expect(await codeOf(() => access.createUser(again))).toBe('USER_EXISTS');
    expect(await access.authenticate('ada', 'first password')).toEqual({ name: 'ada', role: 'viewer' });
  });

  test('who is removed is nobody at once, in every process', async () => {
    const elsewhere = await openElsewhere();
    await access.createUser({ name: 'ada', password: 'correct horse', role: 'viewer' });
    expect(await elsewhere.authenticate('ada', 'correct horse')).toBeDefined();
    expect(await access.removeUser('ada')).toBe(true);
    expect(await elsewhere.authenticate('ada', 'correct horse')).toBeUndefined();
    expect(await access.removeUser('ada')).toBe(false);
  });

  test('is listed by name, without password', async () => {
    await access.createUser({ name: 'eve', password: 'correct horse', role: 'viewer' });
    await access.createUser({ name: 'ada', password: 'correct horse', role: 'operator' });
    expect(await access.listUsers()).toEqual([
      { name: 'ada', role: 'operator' },
      { name: 'eve', role: 'viewer' },
    ]);
  });

  test('is verified a thousand times in a moment once the password was right', async () => {
    await access.createUser({ name: 'ada', password: 'correct horse', role: 'viewer' });
    for (let at = 0; at < 1_000; at += 1) {
      now += 1;
      expect(await access.authenticate('ada', 'correct horse')).toBeDefined();
    }
    now += 3_600_000;
    expect(await access.authenticate('ada', 'correct horse')).toBeDefined();
    expect(await access.authenticate('ada', 'wrong horse')).toBeUndefined();
  }, 10_000);

  test.each([
    '',
    'x'.repeat(11),
    '\u{1F600}'.repeat(11),
    'x'.repeat(1_025),
    'é'.repeat(513),
    'rat_looks_like_a_token',
    'correct horse\n',
    'correct\0horse',
  ])('cannot have the password %j, and is not told it', async (password) => {
    const refusal = access.createUser({ name: 'ada', password, role: 'viewer' });
    await expect(refusal).rejects.toMatchObject({ code: 'PASSWORD_INVALID', fields: {} });
    await expect(refusal).rejects.not.toMatchObject({ message: expect.stringContaining(password || 'x'.repeat(11)) });
    expect(await access.listUsers()).toEqual([]);
  });

  test.each(['x'.repeat(12), 'x'.repeat(1_024), 'é'.repeat(512), ' with blanks around '])(
    'can have the password %j',
    async (password) => {
      await access.createUser({ name: 'ada', password, role: 'viewer' });
      expect(await access.authenticate('ada', password)).toBeDefined();
    },
  );

  test('costs no work with a password that is longer than any', async () => {
    await access.createUser({ name: 'ada', password: 'correct horse', role: 'viewer' });
    const long = (at: number) => `${at}${'x'.repeat(1_024)}`;
    const attempts = Array.from({ length: 40 }, (_, at) => codeOf(() => access.authenticate('ada', long(at))));
    expect(new Set(await Promise.all(attempts))).toEqual(new Set(['none']));
  });

  // Whoever is not there takes a place in the queue as well: the work is the same.
  test.each(['ada', 'nobody'])('is told to come back when too many sign in at once as %s', async (name) => {
    await access.createUser({ name: 'ada', password: 'correct horse', role: 'viewer' });
    const attempts = Array.from({ length: 40 }, (_, at) => codeOf(() => access.authenticate(name, `guess ${at}`)));
    const codes = await Promise.all(attempts);
    expect(codes.filter((code) => code === 'SIGN_IN_BUSY')).toHaveLength(6);
    expect(codes.filter((code) => code === 'none')).toHaveLength(34);
    expect(await access.authenticate('ada', 'correct horse')).toBeDefined();
  });
});

describe('the file', () => {
  test('has an administrator while a user or an unlimited token that is good has the role', async () => {
    const elsewhere = await openElsewhere();
    expect(await elsewhere.hasAdministrator()).toBe(false);
    await access.createToken({ name: 'service', role: 'service' }, now);
    await access.createToken({ name: 'limited', role: 'admin', repositories: [parseRepositoryPattern('**')] }, now);
    expect(await elsewhere.hasAdministrator()).toBe(false);
    await access.createToken({ name: 'boss', role: 'admin', expiresAt: noon + 1_000 }, now);
    expect(await elsewhere.hasAdministrator()).toBe(true);
    now = noon + 1_000;
    expect(await elsewhere.hasAdministrator()).toBe(false);
    await access.createUser({ name: 'ada', password: 'correct horse', role: 'admin' });
    expect(await elsewhere.hasAdministrator()).toBe(true);
  });

  test('is for its owner alone and holds no secret', async () => {
    const { secret } = await access.createToken({ name: 'ci', role: 'pusher' }, now);
    await access.createUser({ name: 'ada', password: 'correct horse', role: 'viewer' });
    const text = await readFile(path, 'utf8');
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
    expect(text).not.toContain(secret.slice(-43));
    expect(text).not.toContain('correct horse');
  });

  test('loses nothing when several processes write at once', async () => {
    const writers = [access, await openElsewhere(), await openElsewhere()];
    await Promise.all(
      Array.from({ length: 15 }, (_, at) => writers[at % 3]?.createToken({ name: `t${at}`, role: 'viewer' }, now)),
    );
    expect((await access.listTokens()).length).toBe(15);
  });

  test.each([
    ['no JSON', 'not json'],
    ['cut off', '{"schema":1,"users":['],
    ['of another schema', '{"schema":3,"users":[],"tokens":[]}'],
    [
      'with a limit that is none',
      '{"schema":2,"users":[],"tokens":[{"id":"a","name":"b","role":"viewer","createdAt":1,"repositories":["Team"],"secretHash":"x"}]}',
    ],
    [
      'with a role nobody has',
      '{"schema":1,"users":[],"tokens":[{"id":"a","name":"b","role":"root","createdAt":1,"secretHash":"x"}]}',
    ],
    [
      'with a password of another kind',
      '{"schema":1,"users":[{"name":"a","role":"admin","password":{"algorithm":"plain","hash":"x"}}],"tokens":[]}',
    ],
  ])('is refused when it is %s', async (_, text) => {
    await access.createToken({ name: 'ci', role: 'viewer' }, now);
    await writeFile(path, text);
    expect(await codeOf(() => openElsewhere())).toBe('ACCESS_FILE_INVALID');
    expect(await codeOf(() => access.authenticate('ci', 'anything'))).toBe('ACCESS_FILE_INVALID');
  });
});

describe('the lock of a writer in another container', () => {
  const writer = { host: 'elsewhere', pid: 1, started: 'boot:1', namespace: 'pid:[1]', beatMs: 100 };

  test('is taken over when it was killed, so that the next start does not fail', async () => {
    await mkdir(dirname(path));
    await writeFile(`${path}.lock`, JSON.stringify(writer));
    await access.createToken({ name: 'ci', role: 'pusher' }, now);
    expect(await readdir(dirname(path))).toEqual(['access.json']);
  });

  test('stands while it beats, and is named', async () => {
    await mkdir(dirname(path));
    await writeFile(`${path}.lock`, JSON.stringify({ ...writer, beatMs: 1_000 }));
    let beats = 0;
    const beating = setInterval(() => {
      beats += 1;
      void utimes(`${path}.lock`, 0, beats);
    }, 10);
    expect(await codeOf(() => access.createToken({ name: 'ci', role: 'pusher' }, now))).toBe('ACCESS_FILE_IN_USE');
    clearInterval(beating);
  });
});
