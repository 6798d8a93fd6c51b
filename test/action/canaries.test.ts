/** No secret gets out of a step, whatever it is given and whatever goes wrong; and the search finds those that do. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFakeService } from '../cli/fake-service.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { type Canaries, findEscapes, formsOf, watchProcesses, withoutMasks } from './canaries.ts';
import { openFakeIdentity } from './fake-identity.ts';
import { openSiteJob, type SiteJob } from './site-job.ts';
import type { StepEnd } from './step-process.ts';

let registry: RegistryUnderTest;
let job: SiteJob;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
});
afterAll(() => registry.close());
beforeEach(async () => {
  job = await openSiteJob(registry);
});
afterEach(() => job.close());

/** Signs that every encoding writes differently. */
const canary = (name: string) => `${name}"${randomUUID()}\\/+&ü%`;

/** Plants a canary in everything secret that a step can be given. */
async function plant(): Promise<{
  readonly canaries: Canaries;
  readonly inputs: Record<string, string>;
  readonly env: Record<string, string>;
}> {
  const canaries = {
    password: registry.tokens.pusher,
    'registry-auth': canary('auth'),
    token: canary('token'),
    'secret of one line': canary('value'),
    'secret of several lines': `${canary('first')}\n${canary('second')}`,
    'secret of the environment': canary('env'),
    'secret of a file': `${canary('file')}\n`,
    'credentials of the user': canary('user'),
    'token of the run': canary('runtime'),
  };
  await writeFile(join(job.home, 'secret-file'), canaries['secret of a file']);
  await mkdir(join(job.home, '.docker'));
  const auth = Buffer.from(`ann:${canaries['credentials of the user']}`).toString('base64');
  await writeFile(join(job.home, '.docker', 'config.json'), JSON.stringify({ auths: { 'quay.example': { auth } } }));
  const quoted = canaries['secret of several lines'].replaceAll('"', '""');
  return {
    canaries,
    inputs: {
      'registry-auth': JSON.stringify({ 'other.example': { username: 'bob', password: canaries['registry-auth'] } }),
      token: canaries.token,
      secrets: `one=${canaries['secret of one line']}\n"many=${quoted}"`,
      'secret-envs': 'env=BUILD_SECRET',
      'secret-files': `file=${join(job.home, 'secret-file')}`,
    },
    env: { BUILD_SECRET: canaries['secret of the environment'], ACTIONS_RUNTIME_TOKEN: canaries['token of the run'] },
  };
}

/** Everything that others can see of the step. */
const visible = (end: StepEnd): Record<string, string> => ({
  stdout: withoutMasks(end.stdout),
  stderr: end.stderr,
  outputs: JSON.stringify([...end.outputs]),
  states: JSON.stringify([...end.states]),
  summary: end.summary,
  environment: end.environment,
});

describe('nothing of a secret is seen', () => {
  test('when an image is put together, released and promoted', async () => {
    const { canaries, inputs, env } = await plant();
    const identity = await openFakeIdentity('header.payload-of-a-job.signature');
    const service = await openFakeService();
    const watch = watchProcesses();
    const end = await job.step(
      { ...inputs, version: '1.2.3', 'promote-to': 'staging', 'service-url': service.url },
      { env: { ...env, ...identity.env } },
    );
    const processes = await watch.stop();
    await service.close();
    await identity.close();
    expect(end.exitCode).toBe(0);
    expect(end.outputs.get('promotion-state')).toBe('promoted');
    const all = { ...canaries, identity: 'header.payload-of-a-job.signature', request: 'token-of-the-request' };
    expect(findEscapes(all, { ...visible(end), processes })).toEqual([]);
    expect(await readdir(job.temporary)).toEqual([]);
  });

  test('when a registry repeats what it was shown', async () => {
    const { canaries, inputs, env } = await plant();
    const echo = await openEcho();
    const end = await job.step(
      { ...inputs, version: '1.2.3', images: `${echo.host}/team/web`, password: canaries['registry-auth'] ?? '' },
      { env },
    );
    await echo.close();
    expect(end.exitCode).toBe(1);
    expect(end.commands.some(({ name }) => name === 'error')).toBe(true);
    expect(findEscapes(canaries, visible(end))).toEqual([]);
  });

  test('when a registry repeats what the user is signed in with', async () => {
    const { canaries, inputs, env } = await plant();
    const echo = await openEcho();
    const auth = Buffer.from(`ann:${canaries['credentials of the user']}`).toString('base64');
    await writeFile(join(job.home, '.docker', 'config.json'), JSON.stringify({ auths: { [echo.host]: { auth } } }));
    const images = `${echo.host}/team/web`;
    const end = await job.step({ ...inputs, version: '1.2.3', images, username: '', password: '' }, { env });
    await echo.close();
    expect(end.exitCode).toBe(1);
    expect(findEscapes(canaries, visible(end))).toEqual([]);
  });

  test.each<[string, Record<string, string>]>([
    ['registry-auth is no YAML', { 'registry-auth': ': {' }],
    ['a secret has no name', { secrets: '=' }],
    ['the command is none', { command: '' }],
    ['an input is mistyped', { passwort: '' }],
  ])('when %s', async (_, broken) => {
    const { canaries, inputs, env } = await plant();
    const [[name = '', text = ''] = []] = Object.entries(broken);
    const secret = canaries['secret of one line'] ?? '';
    const end = await job.step({ ...inputs, version: '1.2.3', [name]: `${text}${secret}` }, { env });
    expect(end.exitCode).toBe(1);
    expect(findEscapes(canaries, visible(end))).toEqual([]);
  });
});

describe('the search', () => {
  const planted: Canaries = { planted: `first"${randomUUID()}/+ü\nsecond ${randomUUID()}` };

  test.each(Object.keys(formsOf('x')))('finds a secret that is %s', (form) => {
    for (const text of formsOf(planted['planted'] ?? '')[form] ?? []) {
      const escapes = findEscapes(planted, { log: `before${text}after` });
      expect(escapes.map((one) => one.form)).toContain(form);
    }
  });

  test.each([0, 1, 2])('finds a secret that stands behind %i bytes in base64, and in base64url', (shift) => {
    const [line = ''] = (planted['planted'] ?? '').split('\n');
    const text = Buffer.from(`${'x'.repeat(shift)}${line}yz`);
    expect(findEscapes(planted, { log: text.toString('base64') })).not.toEqual([]);
    expect(findEscapes(planted, { log: text.toString('base64url') })).not.toEqual([]);
  });

  test('finds a secret among the words of a process', async () => {
    const watch = watchProcesses();
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()', planted['planted'] ?? ''], {
      stdio: 'pipe',
    });
    const seen = new Promise<void>((resolve) => child.once('spawn', resolve));
    await seen;
    await expect.poll(async () => findEscapes(planted, { processes: await lookOnce() })).not.toEqual([]);
    child.kill();
    expect(findEscapes(planted, { processes: await watch.stop() })).not.toEqual([]);
  });

  test('passes over what the runner is told to mask, and over nothing else', () => {
    const log = '::add-mask::hunter22\n ::add-mask::hunter22\nhunter22';
    expect(withoutMasks(log)).toBe(' ::add-mask::hunter22\nhunter22');
  });

  test('finds nothing where nothing is', () => {
    expect(findEscapes(planted, { log: 'built sha256:0123456789abcdef' })).toEqual([]);
  });
});

async function lookOnce(): Promise<string> {
  return await watchProcesses().stop();
}

/** A registry that refuses, and tells what it was shown in several ways. */
async function openEcho(): Promise<{ readonly host: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    const shown = authorization === undefined ? '' : Buffer.from(authorization.slice(6), 'base64').toString();
    const message = `not for you: ${authorization} (${shown}, ${encodeURIComponent(shown)})`;
    response.writeHead(authorization === undefined ? 401 : 403, {
      'content-type': 'application/json',
      'www-authenticate': 'Basic realm="echo"',
    });
    response.end(JSON.stringify({ errors: [{ code: 'DENIED', message, detail: { message } }] }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
