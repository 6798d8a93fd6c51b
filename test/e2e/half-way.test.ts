/** What goes wrong in the middle: content that disappears, two people at once, a Redis that goes away. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openScratchRedis } from '../service/redis/scratch-redis.ts';
import { expectLogged, loggedLines, wholeLog } from './logged.ts';
import { pushRelease } from './releases.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';
import { openServed, type Served } from './served.ts';
import { openStepStops, type StepStops } from './step-stops.ts';
import { waitUntil } from './wait-until.ts';

const versions = ['1.0.0', '1.1.0', '1.2.0'];

/** A service whose worker stops itself at a step in staging, once for each order. */
interface Stopping {
  readonly served: Served;
  readonly stops: StepStops;
  arm(): Promise<void>;
  /** Waits until the worker stands still, does something, and lets it go on. */
  meanwhile<Value>(meddle: () => Promise<Value>): Promise<Value>;
}

let scratch: ScratchDirectory;
let stopping: Stopping | undefined;
beforeEach(async () => {
  scratch = await openScratchDirectory('half-way');
});
afterEach(async () => {
  await stopping?.stops.withdraw();
  await stopping?.served.close();
  stopping = undefined;
  await scratch.close();
});

async function openStopping(step: string): Promise<Stopping> {
  const stops = await openStepStops(join(scratch.path, 'stops'));
  const served = await openServed({ env: { ...wholeLog, REGISTRY_ACTION_STOP_AT: stops.directory } });
  stopping = {
    served,
    stops,
    arm: () => stops.order(step),
    meanwhile: async (meddle) => {
      const pid = await stops.stopped(step);
      try {
        return await meddle();
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    },
  };
  return stopping;
}

/** The history of an app in staging, newest first, as `kind version`. */
async function historyOf(served: Served, app: string): Promise<readonly string[]> {
  const { entries } = await served.cliJson(['history', app, 'staging']);
  return (entries as readonly Record<string, unknown>[]).map(({ kind, version }) => `${kind} ${version}`);
}

async function promoteAll(served: Served, app: string): Promise<void> {
  for (const version of versions) {
    await pushRelease(served, app, version);
    await served.cliJson(['promote', app, 'staging', '--version', version, '--yes']);
  }
}

test('a digest that disappears while it is promoted fails with its name, and the environment stays as it was', async () => {
  const { served, arm, meanwhile } = await openStopping('copy');
  await pushRelease(served, 'web', '1.0.0');
  await served.cliJson(['promote', 'web', 'staging', '--version', '1.0.0', '--yes']);
  const digest = await pushRelease(served, 'web', '1.1.0');
  await arm();
  const promoting = served.cli(['promote', 'web', 'staging', '--version', '1.1.0', '--yes', '--json']);
  const deleted = await meanwhile(() =>
    fetch(`${served.registryUrl}/v2/dev/web/manifests/${digest}`, {
      method: 'DELETE',
      headers: {
        authorization: `Basic ${btoa(`admin:${served.token}`)}`,
        // Its version is written once, so nothing less takes it away.
        'registry-action-break-glass': 'it is not to be',
      },
    }),
  );
  expect(deleted.status).toBe(202);

  const { code, stdout, stderr } = await promoting;
  expect(code).toBe(4);
  expect(stderr).toContain('error MANIFEST_UNKNOWN: ');
  expect(stderr).toContain(digest);
  expect(stderr).toMatch(/way out: \S/);
  const { id } = JSON.parse(stdout).promotion;
  const { status, body } = await served.api('GET', `/api/v1/promotions/${id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    state: 'failed',
    error: { code: 'MANIFEST_UNKNOWN', message: expect.stringContaining(digest), wayOut: expect.stringMatching(/\S/) },
  });
  const err = { code: 'MANIFEST_UNKNOWN', message: digest, wayOut: 'registry-action tags' };
  await expectLogged(served, { promotion: id, lane: 'web@staging', msg: 'promotion failed', level: 'warn', err });
  const { apps } = await served.cliJson(['status', 'web']);
  const [row] = apps as readonly { environments: readonly Record<string, unknown>[] }[];
  expect(row?.environments.find(({ environment }) => environment === 'staging')).toMatchObject({
    state: 'current',
    version: '1.0.0',
  });
});

describe('two people who roll back at once', () => {
  test('by the API make one change, and are told of the same rollback', async () => {
    const { served, arm, meanwhile } = await openStopping('decide');
    await promoteAll(served, 'web');
    await arm();
    const rollBack = () =>
      served.api('POST', '/api/v1/apps/web/environments/staging/rollbacks', { reason: 'it is broken' });
    const first = await rollBack();
    const second = await meanwhile(rollBack);
    expect([first.status, second.status]).toEqual([202, 202]);
    const [one, other] = [first, second].map(({ body }) => body['promotion'] as Record<string, unknown>);
    expect(other?.['id']).toBe(one?.['id']);
    await waitUntil('the rollback is done', async () => {
      const { body } = await served.api('GET', `/api/v1/promotions/${one?.['id']}`);
      return body['state'] === 'promoted';
    });
    expect(await historyOf(served, 'web')).toEqual([
      'rollback 1.1.0',
      'promotion 1.2.0',
      'promotion 1.1.0',
      'promotion 1.0.0',
    ]);
  });

  test('on the command line, having seen the same release, make one change', async () => {
    const { served } = await openStopping('decide');
    await promoteAll(served, 'web');
    const { apps } = await served.cliJson(['status', 'web']);
    const [row] = apps as readonly { environments: readonly Record<string, unknown>[] }[];
    const seen = String(row?.environments.find(({ environment }) => environment === 'staging')?.['digest']);
    const words = ['rollback', 'web', 'staging', '--reason', 'it is broken', '--expect-current', seen, '--yes'];
    const both = await Promise.all([served.cli(words), served.cli(words)]);
    const codes = both.map(({ code }) => code).toSorted();
    // The second either joins the first, or comes too late and is told that the release it saw is no longer current.
    expect([[0, 0].join(), [0, 5].join()]).toContain(codes.join());
    const late = both.find(({ code }) => code === 5);
    if (late !== undefined) expect(late.stderr).toMatch(/error EXPECTED_CURRENT_CHANGED: .*\nway out: \S/);
    expect((await historyOf(served, 'web')).filter((entry) => entry.startsWith('rollback'))).toEqual([
      'rollback 1.1.0',
    ]);
  });
});

describe('two people who promote at once on the command line', () => {
  /** Both are accepted while the worker stands still, in this order; what each is told in the end. */
  async function promoteBoth({ served, arm, meanwhile }: Stopping, [one, other]: readonly [string, string]) {
    const acceptedBefore = acceptedIn(served);
    const promote = (version: string) =>
      served.cli(['promote', 'web', 'staging', '--version', version, '--yes', '--json']);
    await arm();
    const first = promote(one);
    const both = await meanwhile(async () => {
      await waitUntil('the first is accepted', async () => acceptedIn(served) === acceptedBefore + 1);
      const second = promote(other);
      await waitUntil('the second is accepted', async () => acceptedIn(served) === acceptedBefore + 2);
      return [first, second];
    });
    return (await Promise.all(both)).map(({ code, stdout }) => {
      const { changed, promotion } = JSON.parse(stdout);
      return [code, changed, promotion.version, promotion.state];
    });
  }

  /** Promotions and rollbacks that the API has accepted, by its log. */
  const acceptedIn = (served: Served) => loggedLines(served).filter(({ status }) => status === 202).length;

  async function openOnFirst(): Promise<Stopping> {
    const opened = await openStopping('decide');
    for (const version of versions) await pushRelease(opened.served, 'web', version);
    await opened.served.cliJson(['promote', 'web', 'staging', '--version', '1.0.0', '--yes']);
    return opened;
  }

  test('get one release after the other, and the later one stays', async () => {
    const opened = await openOnFirst();
    expect(await promoteBoth(opened, ['1.1.0', '1.2.0'])).toEqual([
      [0, true, '1.1.0', 'promoted'],
      [0, true, '1.2.0', 'promoted'],
    ]);
    expect(await historyOf(opened.served, 'web')).toEqual(['promotion 1.2.0', 'promotion 1.1.0', 'promotion 1.0.0']);
  });

  test('the same release are both told that it is there', async () => {
    const opened = await openOnFirst();
    expect(await promoteBoth(opened, ['1.1.0', '1.1.0'])).toEqual([
      [0, true, '1.1.0', 'promoted'],
      [0, true, '1.1.0', 'promoted'],
    ]);
    expect((await historyOf(opened.served, 'web'))[0]).toBe('promotion 1.1.0');
  });
});

describe('a Redis that goes away while the service runs', () => {
  let served: Served;
  let redis: Awaited<ReturnType<typeof openScratchRedis>>;
  beforeAll(async () => {
    redis = await openScratchRedis();
    served = await openServed({ env: { ...wholeLog, REDIS_URL: redis.url } });
    await redis.close();
  });
  afterAll(() => served?.close());

  test('is named by the API, with the code and the way out', async () => {
    const { status, body } = await served.api('GET', '/api/v1/status');
    expect(status).toBe(503);
    expect(body).toMatchObject({ code: 'REDIS_UNREACHABLE', wayOut: expect.stringMatching(/\S/) });
    expect(body['detail']).toContain(`:${redis.port}`);
    const { requestId, detail, wayOut } = body;
    await expectLogged(served, { part: 'api', requestId, code: 'REDIS_UNREACHABLE', detail, wayOut, level: 'warn' });
  });

  test.each(['api', 'worker'])('is named in the log of the %s, with the code and the way out', async (part) => {
    const err = { code: 'REDIS_UNREACHABLE', message: `:${redis.port}`, wayOut: 'REDIS_URL' };
    await expectLogged(served, { part, level: 'warn', err });
  });

  test('is named on the command line, with the exit code of no answer', async () => {
    const { code, stderr } = await served.cli(['promote', 'web', 'staging', '--version', '1.0.0', '--yes']);
    expect(code).toBe(7);
    expect(stderr).toMatch(/error REDIS_UNREACHABLE: .*\nway out: \S/);
    expect(stderr).toContain(`:${redis.port}`);
  });

  test('makes the service not ready, and says which part is missing', async () => {
    const { status, body } = await served.api('GET', '/readyz');
    expect(status).toBe(503);
    expect(body['parts']).toMatchObject([{ name: 'redis', ok: false }]);
  });
});
