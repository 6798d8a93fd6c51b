/** `users`: added with a password that is typed or piped, listed, replaced and removed, on a real API. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpBench, openHttpBench } from '../service/http/http-bench.ts';
import { type RunOptions, runWords } from './test-shell.ts';

const password = 'correct horse';

let bench: HttpBench;
let url = '';

beforeEach(async () => {
  bench = await openHttpBench();
  url = await bench.http.listen(0);
});
afterEach(() => bench.close());

function run(words: readonly string[], options: RunOptions = {}) {
  const env = { REGISTRY_ACTION_TOKEN: bench.tokens.admin };
  return runWords(['users', ...words, '--url', url], { env, ...options });
}

const add = ['add', 'ada', '--role', 'pusher'];
const addByPipe = (input = password, more: readonly string[] = []) =>
  run([...add, '--password-stdin', ...more], { input });

/** Whether the password opens the registry to ada. */
const isPassword = async (text: string) => (await bench.access.authenticate('ada', text)) !== undefined;

describe('users add', () => {
  it('takes the password from standard input, without the line’s end behind it', async () => {
    for (const end of ['', '\n', '\r\n']) {
      const ran = await addByPipe(password + end, ['--replace']);
      expect(ran.exitCode).toBe(0);
      expect(await bench.access.authenticate('ada', password)).toEqual({ name: 'ada', role: 'pusher' });
    }
  });

  it('asks for it twice on a terminal', async () => {
    const ran = await run(add, { answers: [password, password] });
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'added: ada, pusher\n' });
    expect(ran.questions).toHaveLength(2);
    expect(await isPassword(password)).toBe(true);
    expect(ran.stdout + ran.stderr).not.toContain(password);
  });

  it('changes nothing when the second typing differs', async () => {
    const ran = await run(add, { answers: [password, 'correct house'] });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(/^error REQUEST_INVALID: /);
    expect(await bench.access.listUsers()).toEqual([]);
  });

  it('says how to give it where there is no terminal', async () => {
    const ran = await run(add);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(/way out: .*--password-stdin/);
  });

  it('refuses a password that is too short, and does not repeat it', async () => {
    const ran = await addByPipe('hunter2');
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(/^error PASSWORD_INVALID: .*\nway out: \S/);
    expect(ran.stderr).not.toContain('hunter2');
  });

  it('refuses a name that is taken before it asks for a password, unless it is to be replaced', async () => {
    await addByPipe();
    const again = await run(add, { answers: [] });
    expect(again).toMatchObject({ exitCode: 5, questions: [] });
    expect(again.stderr).toMatch(/^error USER_EXISTS: .*ada\nway out: .*--replace/);
    expect(await addByPipe('another horse', ['--replace'])).toMatchObject({ stdout: 'replaced: ada, pusher\n' });
    expect([await isPassword(password), await isPassword('another horse')]).toEqual([false, true]);
  });

  it('prints the user with --json, and changes nothing with --dry-run', async () => {
    const dry = await run([...add, '--dry-run', '--json']);
    expect(JSON.parse(dry.stdout)).toEqual({ changed: false, user: { name: 'ada', role: 'pusher' } });
    expect(await bench.access.listUsers()).toEqual([]);
    const ran = await addByPipe(password, ['--json']);
    expect(JSON.parse(ran.stdout)).toEqual({ changed: true, user: { name: 'ada', role: 'pusher' } });
  });

  it.each([
    { words: ['add', 'ada'], says: '--role' },
    { words: ['add', 'ada', '--role', 'root'], says: 'viewer, pusher, operator, service, admin' },
    { words: ['add', 'a:b', '--role', 'viewer', '--password-stdin'], says: 'a:b' },
  ])('exits 2 for bad input: $words', async ({ words, says }) => {
    const ran = await run(words, { input: password });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(says);
  });

  it('is for administrators', async () => {
    const ran = await run(add, { env: { REGISTRY_ACTION_TOKEN: bench.tokens.operator }, answers: [] });
    expect(ran).toMatchObject({ exitCode: 3, questions: [] });
    expect(ran.stderr).toMatch(/^error ACCESS_DENIED: /);
  });
});

describe('users list', () => {
  it('prints names and roles, by name', async () => {
    await bench.access.createUser({ name: 'eve', password, role: 'viewer' });
    await addByPipe();
    expect(await run(['list'])).toMatchObject({ exitCode: 0, stdout: 'ada  pusher\neve  viewer\n', stderr: '' });
    const { users } = JSON.parse((await run(['list', '--json'])).stdout);
    expect(users).toEqual([
      { name: 'ada', role: 'pusher' },
      { name: 'eve', role: 'viewer' },
    ]);
  });

  it('of nobody says how to begin, and that is no data', async () => {
    const ran = await run(['list']);
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' });
    expect(ran.stderr).toContain('registry-action users add');
  });
});

describe('users remove', () => {
  beforeEach(async () => {
    await addByPipe();
  });

  it('ends the password at once', async () => {
    expect(await run(['remove', 'ada', '--yes'])).toMatchObject({ exitCode: 0, stdout: 'removed: ada\n' });
    expect(await isPassword(password)).toBe(false);
  });

  it('asks on a terminal, and removes nobody without a yes', async () => {
    expect(await run(['remove', 'ada'], { answers: ['n'] })).toMatchObject({ exitCode: 13 });
    expect(await run(['remove', 'ada'])).toMatchObject({ exitCode: 2 });
    expect(await run(['remove', 'ada', '--dry-run', '--json'])).toMatchObject({ exitCode: 0 });
    expect(await isPassword(password)).toBe(true);
    expect(await run(['remove', 'ada'], { answers: ['y'] })).toMatchObject({ exitCode: 0 });
    expect(await isPassword(password)).toBe(false);
  });

  it('of an unknown user exits 4', async () => {
    const ran = await run(['remove', 'eve', '--yes']);
    expect(ran.exitCode).toBe(4);
    expect(ran.stderr).toMatch(/^error USER_UNKNOWN: .*eve\nway out: .*users list/);
  });
});
