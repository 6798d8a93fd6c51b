/** `doctor`: what it looks at, what it says, and what it exits with. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lookAtDataDirectory } from '../../cli/doctor/look-at-data-directory.ts';
import { lookAtNode } from '../../cli/doctor/look-at-node.ts';
import { lookAtRedis } from '../../cli/doctor/look-at-redis.ts';
import { openRegistryUnderTest } from '../registry/registry-under-test.ts';
import { type FakeService, openFakeService } from './fake-service.ts';
import { runWords } from './test-shell.ts';

const findingsSchema = z.strictObject({
  ok: z.boolean(),
  findings: z.array(
    z.discriminatedUnion('state', [
      z.strictObject({ name: z.string(), state: z.enum(['ok', 'skipped']), message: z.string() }),
      z.strictObject({
        name: z.string(),
        state: z.literal('problem'),
        code: z.string(),
        message: z.string(),
        wayOut: z.string(),
      }),
    ]),
  ),
});

let directory = '';
let service: FakeService | undefined;
let server: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-doctor-'));
});

afterEach(async () => {
  await service?.close();
  server?.close();
  service = undefined;
  server = undefined;
  await rm(directory, { recursive: true, force: true });
});

describe('doctor', () => {
  it('exits with the code of the first problem and says the way out of each', async () => {
    service = await openFakeService();
    const ran = await runWords(['doctor', '--url', service.url, '--data', directory, '--config', 'none.yml'], {
      cwd: directory,
    });
    expect(ran.exitCode).toBe(7);
    expect(ran.stdout).toContain('REDIS_UNREACHABLE: no redis-server on the PATH');
    expect(ran.stdout).toMatch(/✗ configuration +CONFIG_INVALID/);
    expect(ran.stdout).toMatch(/✓ api +http.* is ready/);
    expect(ran.stdout.match(/way out: /g)).toHaveLength(2);
    expect(ran.stdout).toMatch(/\n2 problems\n$/);
  }, 30_000);

  it('prints findings in a stable shape with --json', async () => {
    const ran = await runWords(['doctor', '--url', 'http://127.0.0.1:1', '--json'], { cwd: directory });
    const { ok, findings } = findingsSchema.parse(JSON.parse(ran.stdout));
    expect(ok).toBe(false);
    expect(findings.map((finding) => finding.name)).toEqual([
      'node',
      'data directory',
      'redis',
      'registry embedded',
      'api',
      'token',
      'clock',
    ]);
    expect(findings.find((finding) => finding.name === 'token')?.state).toBe('skipped');
  }, 30_000);

  it('of a service elsewhere does not look for what that one needs', async () => {
    const ran = await runWords(['doctor', '--url', 'https://service.invalid', '--json'], { cwd: directory });
    const { findings } = findingsSchema.parse(JSON.parse(ran.stdout));
    const states = Object.fromEntries(findings.map((finding) => [finding.name, finding.state]));
    expect(states).toMatchObject({
      'data directory': 'skipped',
      redis: 'skipped',
      registry: 'skipped',
      api: 'problem',
    });
  });

  it('does not look for a service where a registry runs alone', async () => {
    await writeFile(join(directory, 'serve.json'), JSON.stringify({ registryUrl: 'http://127.0.0.1:1' }));
    const ran = await runWords(['doctor', '--data', directory, '--json'], { cwd: directory });
    const { findings } = findingsSchema.parse(JSON.parse(ran.stdout));
    expect(Object.fromEntries(findings.map((finding) => [finding.name, finding.state]))).toMatchObject({
      redis: 'skipped',
      'registry embedded': 'problem',
      api: 'skipped',
    });
  });

  it('asks a registry that runs alone whether it takes pushes', async () => {
    const full = await openRegistryUnderTest({ limits: { freeBytesMin: Number.MAX_SAFE_INTEGER } });
    await writeFile(join(directory, 'serve.json'), JSON.stringify({ registryUrl: full.url }));
    const env = { REGISTRY_ACTION_TOKEN: full.tokens.viewer };
    const ran = await runWords(['doctor', '--data', directory], { cwd: directory, env });
    await full.close();
    expect(ran.stdout).toMatch(/✗ registry storage +DATA_DIRECTORY_UNUSABLE: takes no pushes: \d+ bytes are free, of /);
    expect(ran.stdout).toContain('way out: make room on its disk');
  });

  it('tells whether a registry that runs alone takes the token', async () => {
    const alone = await openRegistryUnderTest();
    await writeFile(join(directory, 'serve.json'), JSON.stringify({ registryUrl: alone.url }));
    const look = async (token: string | undefined) => {
      const env = token === undefined ? {} : { REGISTRY_ACTION_TOKEN: token };
      return (await runWords(['doctor', '--data', directory], { cwd: directory, env })).stdout;
    };
    const [right, revoked, none] = [await look(alone.tokens.admin), await look('revoked'), await look(undefined)];
    await alone.close();
    expect(right).toMatch(/✓ token +from REGISTRY_ACTION_TOKEN: the registry takes it/);
    expect(revoked).toMatch(/✗ token +ACCESS_DENIED: the registry does not take the one from REGISTRY_ACTION_TOKEN/);
    expect(none).toMatch(/token +none found/);
  });

  it('tells whose token is taken', async () => {
    service = await openFakeService({ token: 'right' });
    const env = { REGISTRY_ACTION_TOKEN: 'right' };
    const ran = await runWords(['doctor', '--url', service.url, '--data', directory], { cwd: directory, env });
    expect(ran.stdout).toMatch(/✓ token +from REGISTRY_ACTION_TOKEN: ann, operator/);
  });

  it('tells a token that is not taken', async () => {
    service = await openFakeService({ token: 'right' });
    const env = { REGISTRY_ACTION_TOKEN: 'wrong' };
    const ran = await runWords(['doctor', '--url', service.url, '--config', 'none.yml'], { cwd: directory, env });
    expect(ran.stdout).toMatch(/✗ token +ACCESS_DENIED: nobody is signed in/);
  });
});

describe('the look at Node.js', () => {
  const cases = [
    { version: '24.0.0', state: 'ok' },
    { version: '26.1.0', state: 'ok' },
    { version: '22.12.0', state: 'problem' },
  ];
  for (const { version, state } of cases) {
    it(`finds ${version}: ${state}`, () => expect(lookAtNode(version).state).toBe(state));
  }
});

describe('the look at the data directory', () => {
  it('is content with one that is ours alone', async () => {
    await chmod(directory, 0o700);
    expect(await lookAtDataDirectory(directory)).toMatchObject({ state: 'ok' });
  });

  it('has nothing to say where there is none', async () => {
    expect(await lookAtDataDirectory(join(directory, 'none'))).toMatchObject({ state: 'skipped' });
  });

  it('finds a directory and a token that others may read', async () => {
    await chmod(directory, 0o755);
    expect(await lookAtDataDirectory(directory)).toMatchObject({
      state: 'problem',
      wayOut: `run: chmod go= ${directory}`,
    });
    await chmod(directory, 0o700);
    const token = join(directory, 'admin.token');
    await writeFile(token, 'secret');
    await chmod(token, 0o644);
    expect(await lookAtDataDirectory(directory)).toMatchObject({ state: 'problem', wayOut: `run: chmod go= ${token}` });
  });
});

describe('the look at Redis', () => {
  const policyOf = (name: string) => `*2\r\n$16\r\nmaxmemory-policy\r\n$${name.length}\r\n${name}\r\n`;
  const cases = [
    { name: 'is content with one that keeps everything', replies: `+PONG\r\n${policyOf('noeviction')}`, state: 'ok' },
    {
      name: 'is content with one that does not tell its policy',
      replies: '+PONG\r\n-ERR unknown command\r\n',
      state: 'ok',
    },
    { name: 'signs in', url: 'redis://user:pass@', replies: `+OK\r\n+PONG\r\n${policyOf('noeviction')}`, state: 'ok' },
    {
      name: 'finds one that throws keys away',
      replies: `+PONG\r\n${policyOf('allkeys-lru')}`,
      state: 'problem',
      code: 'REDIS_POLICY',
    },
    {
      name: 'finds one that wants a password',
      replies: '-NOAUTH Authentication required.\r\n',
      state: 'problem',
      code: 'REDIS_UNREACHABLE',
    },
    {
      name: 'finds something that is no Redis',
      replies: 'HTTP/1.1 400 Bad Request\r\n\r\n',
      state: 'problem',
      code: 'REDIS_UNREACHABLE',
    },
  ];
  for (const { name, url, replies, state, code } of cases) {
    it(name, async () => {
      const port = await answerOnce(replies);
      const env = { REDIS_URL: `${url ?? 'redis://'}127.0.0.1:${port}` };
      const finding = await lookAtRedis(env, AbortSignal.timeout(5000));
      expect(finding).toMatchObject(code === undefined ? { state } : { state, code });
      expect(finding.message).not.toContain('pass@');
    });
  }

  it('finds an address that is none, and one where nobody listens', async () => {
    const signal = AbortSignal.timeout(5000);
    expect(await lookAtRedis({ REDIS_URL: 'localhost' }, signal)).toMatchObject({ code: 'REDIS_UNREACHABLE' });
    expect(await lookAtRedis({ REDIS_URL: 'redis://127.0.0.1:1' }, signal)).toMatchObject({
      code: 'REDIS_UNREACHABLE',
    });
  });
});

/** Listens on a free port and answers everything with the same bytes, then ends. */
async function answerOnce(replies: string): Promise<number> {
  const listening = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(replies));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
