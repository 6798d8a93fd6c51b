/** The commands that ask the promotion service, by the bundle, with a token of the job's. */
import { writeFile } from 'node:fs/promises';
import { request as sendRequest } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeAnswers, type FakeService, openFakeService, problemOf } from '../cli/fake-service.ts';
import { busyMatrix, digests, planView } from '../cli/sample-views.ts';
import { type Authority, openAuthority } from '../oci/client/certificates.ts';
import { type FakeIdentity, openFakeIdentity } from './fake-identity.ts';
import { type Job, openJob, type StepEnd } from './step-process.ts';

const token = 'header.payload-of-a-job.signature';

let job: Job;
let identity: FakeIdentity;
let service: FakeService;

beforeEach(async () => {
  job = await openJob();
  identity = await openFakeIdentity(token);
});
afterEach(async () => {
  await service.close();
  await identity.close();
  await job.close();
});

async function ask(
  inputs: Readonly<Record<string, string>>,
  answers: FakeAnswers = {},
  env = identity.env,
): Promise<StepEnd> {
  service = await openFakeService({ token, ...answers });
  return await job.run({ env, inputs: { 'service-url': service.url, ...inputs } });
}

const promotion = {
  command: 'promote',
  app: 'web',
  environment: 'production',
  version: 'v1.1.0',
  reason: 'new checkout',
};
const refused = planView({
  decision: {
    allowed: false,
    reasons: [
      { code: 'SOAK_TOO_SHORT', message: 'soaked 3 min of 1 h', wayOut: 'wait' },
      { code: 'APPROVAL_MISSING', message: 'nobody approved', wayOut: 'ask @ann' },
    ],
  },
});
const errorsOf = (end: StepEnd) =>
  end.commands.filter(({ name }) => name === 'error').map(({ value }) => value.split(':')[0]);
const submitted = () => service.seen.filter(({ method }) => method === 'POST');

describe('promote', () => {
  test('is asked with a token for the service, waited for, and told', async () => {
    const end = await ask(promotion, { course: [{ state: 'copying' }, { state: 'promoted', number: 2 }] });
    expect(end.exitCode).toBe(0);
    expect(identity.audiences).toEqual([service.url]);
    expect(submitted().map(({ path, body }) => [path, body])).toEqual([
      ['/api/v1/apps/web/environments/production/promotions', { version: '1.1.0', reason: 'new checkout' }],
    ]);
    expect(submitted()[0]?.headers['idempotency-key']).toMatch(/\S/);
    expect(end.outputs.get('promotion-state')).toBe('promoted');
    expect(end.outputs.get('promotion-id')).toBe('01J0PROMOTION');
    expect(JSON.parse(end.outputs.get('plan') ?? '')).toEqual(planView());
    expect(end.summary).toContain('**Promoted: 1.1.0 <code>2b2b2b2b2b2b</code>.**');
    expect(end.summary).toContain('npx registry-action rollback web production --to 1.0.0');
  });

  test('has its audience from the input where one is given', async () => {
    await ask({ ...promotion, 'service-audience': 'promotions' });
    expect(identity.audiences).toEqual(['promotions']);
  });

  test('that is refused fails with every reason', async () => {
    const end = await ask(promotion, { plan: refused });
    expect(end.exitCode).toBe(1);
    expect(errorsOf(end)).toEqual(['SOAK_TOO_SHORT', 'APPROVAL_MISSING']);
    expect(end.outputs.get('promotion-state')).toBe('refused');
    expect(JSON.parse(end.outputs.get('plan') ?? '')).toEqual(refused);
    for (const code of ['SOAK&#95;TOO&#95;SHORT', 'APPROVAL&#95;MISSING']) expect(end.summary).toContain(code);
    expect(end.summary).not.toContain('@ann');
  });

  test('that is refused passes with every reason where only a report is wanted', async () => {
    const end = await ask({ ...promotion, 'on-refusal': 'report' }, { plan: refused });
    expect(end.exitCode).toBe(0);
    expect(errorsOf(end)).toEqual([]);
    expect(end.commands.filter(({ name }) => name === 'warning')).toHaveLength(2);
    expect(end.outputs.get('promotion-state')).toBe('refused');
  });

  test('that is only planned changes nothing', async () => {
    const end = await ask({ ...promotion, 'dry-run': 'true' });
    expect(end.exitCode).toBe(0);
    expect(submitted().map(({ body }) => body)).toEqual([expect.objectContaining({ dryRun: true })]);
    expect(end.outputs.get('promotion-id')).toBe('');
    expect(end.summary).toContain('Dry run');
  });

  test('that is not waited for is told by its id', async () => {
    const end = await ask({ ...promotion, wait: 'false' }, { course: [{ state: 'waiting' }] });
    expect(end.exitCode).toBe(0);
    expect(end.outputs.get('promotion-state')).toBe('waiting');
    expect(end.outputs.get('promotion-id')).toBe('01J0PROMOTION');
  });

  test('that goes on longer than is waited for fails and says that it goes on', async () => {
    const end = await ask({ ...promotion, timeout: '1s' }, { course: [{ state: 'copying' }] });
    expect(end.exitCode).toBe(1);
    expect(errorsOf(end)).toEqual(['WAITED_TOO_LONG']);
    expect(end.outputs.get('promotion-state')).toBe('copying');
  });

  test('that failed fails the step with the reason', async () => {
    const error = { code: 'REGISTRY_REFUSED', message: 'the registry answered 500', wayOut: 'try again' };
    const end = await ask(promotion, { course: [{ state: 'failed', error }] });
    expect(end.exitCode).toBe(1);
    expect(errorsOf(end)).toEqual(['REGISTRY_REFUSED']);
  });

  test('of what is current already passes', async () => {
    const end = await ask(promotion, { nothingToChange: true });
    expect(end.exitCode).toBe(0);
    expect(end.summary).toContain('Already so');
  });

  test('that the service does not allow fails with its words', async () => {
    const problem = problemOf('ACCESS_DENIED', 403, 'github:acme/web may not promote');
    const end = await ask(promotion, { problem });
    expect(end.exitCode).toBe(1);
    expect(errorsOf(end)).toEqual(['ACCESS_DENIED']);
  });
});

describe('the token', () => {
  test('is masked and appears nowhere', async () => {
    const end = await ask(promotion);
    const others = end.commands.filter(({ name }) => name !== 'add-mask');
    expect(end.commands.filter(({ name }) => name === 'add-mask').map(({ value }) => value)).toContain(token);
    expect(
      JSON.stringify([others, end.shown, end.stderr, [...end.outputs], [...end.states], end.summary]),
    ).not.toContain('payload-of-a-job');
  });

  test('cannot be had without the permission, and that is said', async () => {
    const end = await ask(promotion, {}, {});
    expect(end.exitCode).toBe(1);
    expect(errorsOf(end)).toEqual(['NOT_SIGNED_IN']);
    expect(end.commands.find(({ name }) => name === 'error')?.value).toContain('id-token: write');
    expect(submitted()).toEqual([]);
  });

  test('that the runner refuses to give fails the step', async () => {
    const end = await ask(promotion, {}, { ...identity.env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another' });
    expect(end.exitCode).toBe(1);
    expect(errorsOf(end)).toEqual(['NOT_SIGNED_IN']);
  });
});

describe('rollback', () => {
  const rollback = { command: 'rollback', app: 'web', environment: 'production', to: '1.0.0', reason: 'loses orders' };

  test('is asked with its reason and told', async () => {
    const plan = planView({
      kind: 'rollback',
      version: '1.0.0',
      toVersion: '1.0.0',
      to: digests.first,
      from: digests.second,
    });
    const end = await ask(rollback, { plan });
    expect(end.exitCode).toBe(0);
    expect(submitted().map(({ path, body }) => [path, body])).toEqual([
      ['/api/v1/apps/web/environments/production/rollbacks', { to: '1.0.0', reason: 'loses orders' }],
    ]);
    expect(end.summary).toContain('Rolled back to 1.0.0');
  });

  test('without a reason is not asked', async () => {
    const end = await ask({ ...rollback, reason: '' });
    expect(end.exitCode).toBe(1);
    expect(errorsOf(end)).toEqual(['SETTING_INVALID']);
    expect(submitted()).toEqual([]);
  });
});

describe('status', () => {
  test('is an output, lines of the log, and a table', async () => {
    const end = await ask({ command: 'status' }, { status: busyMatrix });
    expect(end.exitCode).toBe(0);
    expect(JSON.parse(end.outputs.get('status') ?? '')).toEqual(busyMatrix);
    expect(end.shown).toContain('web in dev: 1.1.0 2b2b2b2b2b2b');
    expect(end.shown).toContain('web in production: 1.0.0 1a1a1a1a1a1a, held by admin');
    expect(end.summary).toContain('| app | dev | staging | production |');
  });

  test('of one app in one environment has nothing else', async () => {
    const end = await ask({ command: 'status', app: 'web', environment: 'dev' }, { status: busyMatrix });
    const matrix = JSON.parse(end.outputs.get('status') ?? '');
    expect(matrix.environments).toEqual(['dev']);
    expect(matrix.apps).toHaveLength(1);
    expect(matrix.apps[0].environments).toHaveLength(1);
  });

  test.each([
    [{ app: 'wbe' }, 'APP_UNKNOWN'],
    [{ environment: 'prod' }, 'ENVIRONMENT_UNKNOWN'],
  ])('of %j, which is not there, fails', async (inputs, code) => {
    const end = await ask({ command: 'status', ...inputs }, { status: busyMatrix });
    expect(end.exitCode).toBe(1);
    expect(errorsOf(end)).toEqual([code]);
  });
});

describe('a service with a certificate of an authority of its own', () => {
  let authority: Authority;
  let proxy: Server;
  let url: string;

  beforeEach(async () => {
    authority = openAuthority();
    service = await openFakeService({ token, status: busyMatrix });
    proxy = createServer(authority.issue('IP:127.0.0.1'), (request, response) => {
      const { method = 'GET', url: path = '/', headers } = request;
      request.pipe(
        sendRequest(service.url + path, { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        }),
      );
    });
    await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
    url = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    proxy.closeAllConnections();
    await new Promise((closed) => proxy.close(closed));
    authority.close();
  });

  test('is trusted where the input names the authority', async () => {
    await writeFile(join(job.workspace, 'authority.pem'), authority.ca);
    const inputs = { command: 'status', 'service-url': url, 'ca-file': 'authority.pem' };
    const end = await job.run({ env: identity.env, inputs });
    expect(end.exitCode).toBe(0);
    expect(JSON.parse(end.outputs.get('status') ?? '')).toEqual(busyMatrix);
  });

  test('is not trusted otherwise', async () => {
    const end = await job.run({ env: identity.env, inputs: { command: 'status', 'service-url': url } });
    expect(end.exitCode).toBe(1);
    expect(errorsOf(end)).toEqual(['SERVICE_UNREACHABLE']);
  });

  test('whose authority cannot be read fails before anything is asked', async () => {
    const inputs = { command: 'status', 'service-url': url, 'ca-file': 'absent.pem' };
    const end = await job.run({ env: identity.env, inputs });
    expect(errorsOf(end)).toEqual(['SETTING_INVALID']);
    expect(service.seen).toEqual([]);
  });
});
