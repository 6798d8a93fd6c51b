/** Which service a verb speaks to, and with which token. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FakeService, openFakeService } from './fake-service.ts';
import { runWords } from './test-shell.ts';

let data = '';
let service: FakeService | undefined;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'cli-'));
  await writeFile(join(data, 'admin.token'), 'rat_left_by-serve\n', { mode: 0o600 });
  await writeFile(join(data, 'own.token'), 'rat_of_my-own\n', { mode: 0o600 });
});

afterEach(async () => {
  await service?.close();
  service = undefined;
});

afterAll(() => rm(data, { recursive: true, force: true }));

describe('the token', () => {
  const cases = [
    { name: 'is the one that serve left, where nothing else is said', token: 'rat_left_by-serve', words: [], env: {} },
    {
      name: 'is that of the environment rather than the one left',
      token: 'rat_env',
      words: [],
      env: { REGISTRY_ACTION_TOKEN: 'rat_env' },
    },
    {
      name: 'is that of --token-file rather than the environment’s',
      token: 'rat_of_my-own',
      words: ['--token-file', 'own.token'],
      env: { REGISTRY_ACTION_TOKEN: 'rat_env' },
    },
  ];
  for (const { name, token, words, env } of cases) {
    it(name, async () => {
      service = await openFakeService({ token });
      const ran = await runWords(['status', '--url', service.url, '--data', data, ...words], { cwd: data, env });
      expect(ran.exitCode).toBe(0);
    });
  }

  it('that the service does not take exits 3', async () => {
    service = await openFakeService({ token: 'another' });
    const ran = await runWords(['status', '--url', service.url, '--data', data]);
    expect(ran.exitCode).toBe(3);
  });

  it('left here is not sent to another machine, which is warned of without TLS', async () => {
    const ran = await runWords(['status', '--url', 'http://service.invalid', '--data', data]);
    expect(ran.stderr).not.toContain('warning');
    const signed = await runWords(['status', '--url', 'http://service.invalid'], {
      env: { REGISTRY_ACTION_TOKEN: 'rat_env' },
    });
    expect(signed.stderr).toContain('warning: the token travels unencrypted to service.invalid');
    expect(signed.stderr).not.toContain('rat_env');
  });
});

describe('the address', () => {
  it('is that of the flag, else the environment’s, else the one that serve left', async () => {
    service = await openFakeService();
    const nowhere = 'http://127.0.0.1:1';
    const env = { REGISTRY_ACTION_URL: service.url };
    await writeFile(join(data, 'serve.json'), JSON.stringify({ apiUrl: service.url }));
    expect((await runWords(['status', '--data', data])).exitCode).toBe(0);
    expect((await runWords(['status'], { env })).exitCode).toBe(0);
    expect((await runWords(['status', '--data', data], { env: { REGISTRY_ACTION_URL: nowhere } })).exitCode).toBe(7);
    expect((await runWords(['status', '--url', nowhere, '--data', data], { env })).exitCode).toBe(7);
  });

  it('is nobody’s where serve runs a registry alone, unless another one is named', async () => {
    service = await openFakeService();
    await writeFile(join(data, 'serve.json'), JSON.stringify({ registryUrl: 'http://127.0.0.1:1' }));
    const ran = await runWords(['status', '--data', data]);
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toMatch(/error SERVICE_UNREACHABLE: .*alone/);
    expect((await runWords(['status', '--data', data, '--url', service.url])).exitCode).toBe(0);
  });

  it('of something else that speaks HTTP is told as such', async () => {
    service = await openFakeService();
    const ran = await runWords(['status', '--url', `${service.url}/elsewhere`]);
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toContain('error SERVICE_ANSWER_INVALID');
  });
});
