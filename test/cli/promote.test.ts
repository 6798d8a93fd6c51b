/** `promote`: plan, question, submission, waiting, and what each end costs. */
import { afterEach, describe, expect, it } from 'vitest';
import { submittedSchema } from '../../api/promotion.ts';
import { type FakeAnswers, type FakeService, openFakeService, problemOf } from './fake-service.ts';
import { digests, planView } from './sample-views.ts';
import { type RunOptions, runWords } from './test-shell.ts';

const words = ['promote', 'web', 'production'];
const failed = (code: string) => ({
  state: 'failed' as const,
  error: { code, message: 'it went wrong', wayOut: 'do better' },
});
const frozen = { code: 'FREEZE_ACTIVE', message: 'freeze "weekend"', wayOut: 'wait' };
const refusedPlan = planView({ decision: { allowed: false, reasons: [frozen] } });

let service: FakeService | undefined;

afterEach(async () => {
  await service?.close();
  service = undefined;
});

async function run(answers: FakeAnswers, extra: readonly string[] = [], options: RunOptions = {}) {
  service = await openFakeService(answers);
  return runWords([...words, '--url', service.url, ...extra], options);
}

describe('promote --yes', () => {
  const cases: readonly {
    name: string;
    answers: FakeAnswers;
    extra?: readonly string[];
    exitCode: number;
    stderr?: string;
  }[] = [
    {
      name: 'that ends promoted exits 0',
      answers: { course: [{ state: 'requested' }, { state: 'copying' }, { state: 'promoted' }] },
      exitCode: 0,
    },
    {
      name: 'with nothing to change exits 0',
      answers: { nothingToChange: true, plan: planView({ from: digests.second }) },
      exitCode: 0,
    },
    { name: 'refused while planning exits 10', answers: { plan: refusedPlan }, exitCode: 10, stderr: 'FREEZE_ACTIVE' },
    {
      name: 'refused when submitted exits 10',
      answers: { problemAfterPlan: problemOf('REFUSED_BY_POLICY', 409, 'no', { plan: refusedPlan }) },
      exitCode: 10,
      stderr: 'FREEZE_ACTIVE',
    },
    {
      name: 'refused while it waited exits 10',
      answers: { course: [{ state: 'refused', error: frozen }] },
      exitCode: 10,
      stderr: 'error FREEZE_ACTIVE: freeze "weekend"\nway out: wait',
    },
    { name: 'cancelled by a person exits 13', answers: { course: [{ state: 'cancelled' }] }, exitCode: 13 },
    { name: 'superseded by a newer one exits 13', answers: { course: [{ state: 'superseded' }] }, exitCode: 13 },
    {
      name: 'failed by a conflict exits 5',
      answers: { course: [failed('COMMAND_ABORTED')] },
      exitCode: 5,
      stderr: 'error COMMAND_ABORTED: it went wrong',
    },
    { name: 'failed by a registry exits 6', answers: { course: [failed('REGISTRY_REFUSED')] }, exitCode: 6 },
    { name: 'failed without an answer exits 7', answers: { course: [failed('REGISTRY_UNREACHABLE')] }, exitCode: 7 },
    { name: 'failed by wrong bytes exits 8', answers: { course: [failed('DIGEST_MISMATCH')] }, exitCode: 8 },
    {
      name: 'failed by a code of a later version exits 6',
      answers: { course: [failed('NOT_YET_INVENTED')] },
      exitCode: 6,
    },
    {
      name: 'still going on after --timeout exits 12 with its id',
      answers: { course: [{ state: 'waiting' }] },
      extra: ['--timeout', '0'],
      exitCode: 12,
      stderr: '01J0PROMOTION',
    },
    {
      name: 'for an unknown app exits 4',
      answers: { problem: problemOf('APP_UNKNOWN', 404, 'unknown app: web') },
      exitCode: 4,
      stderr: 'error APP_UNKNOWN: unknown app: web\nway out: way out of APP_UNKNOWN',
    },
    {
      name: 'for an unknown environment exits 4',
      answers: { problem: problemOf('ENVIRONMENT_UNKNOWN', 404, 'unknown environment: x') },
      exitCode: 4,
    },
    {
      name: 'for a malformed version exits 2',
      answers: { problem: problemOf('VERSION_INVALID', 422, 'not a semantic version: "1"') },
      exitCode: 2,
    },
    {
      name: 'by somebody who may not exits 3',
      answers: { problem: problemOf('ACCESS_DENIED', 403, 'viewer may not promote') },
      exitCode: 3,
    },
    {
      name: 'when current has changed since the plan exits 5',
      answers: { problemAfterPlan: problemOf('EXPECTED_CURRENT_CHANGED', 409, 'no longer current') },
      exitCode: 5,
    },
  ];
  for (const { name, answers, extra, exitCode, stderr } of cases) {
    it(name, async () => {
      const ran = await run(answers, ['--yes', ...(extra ?? [])]);
      expect(ran.exitCode).toBe(exitCode);
      expect(ran.stderr).toContain(stderr ?? '');
    });
  }

  it('asks for exactly what the plan showed, from what it showed', async () => {
    await run({}, ['--yes', '--reason', 'new checkout']);
    const posts = service?.seen.filter((request) => request.method === 'POST') ?? [];
    expect(posts.map((request) => request.body)).toEqual([
      { reason: 'new checkout', dryRun: true },
      { reason: 'new checkout', version: '1.1.0', digest: digests.second, expectedCurrent: digests.first },
    ]);
    expect(posts[1]?.path).toBe('/api/v1/apps/web/environments/production/promotions');
    expect(posts[1]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(posts[0]?.headers['idempotency-key']).not.toBe(posts[1]?.headers['idempotency-key']);
  });

  it('sends a POST whose connection broke again, under the same idempotency key', async () => {
    const ran = await run({ cutConnections: 1 }, ['--yes']);
    const keys = service?.seen
      .filter((request) => request.method === 'POST')
      .map((request) => request.headers['idempotency-key']);
    expect(ran.exitCode).toBe(0);
    expect(keys).toHaveLength(3);
    expect(keys?.[0]).toBe(keys?.[1]);
  });

  it('hears the end from the event stream', async () => {
    const ran = await run({ byEvents: true, course: [{ state: 'copying' }, { state: 'promoted', number: 7 }] }, [
      '--yes',
    ]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('r7');
  });

  it('goes on waiting while the service is away, and says so once', async () => {
    const ran = await run(
      { cutReads: 7, course: [{ state: 'waiting' }, { state: 'waiting' }, { state: 'promoted' }] },
      ['--yes'],
    );
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr.match(/still waiting/g)).toHaveLength(1);
  });

  it('returns at once with --no-wait and prints the id alone as data', async () => {
    const ran = await run({ course: [{ state: 'waiting' }] }, ['--yes', '--no-wait']);
    expect(ran).toMatchObject({ exitCode: 0, stdout: '01J0PROMOTION\n' });
  });

  it('prints the result as data, and plan, progress and the undo command as talk', async () => {
    const ran = await run({ course: [{ state: 'copying' }, { state: 'promoted', number: 2 }] }, ['--yes']);
    expect(ran.stdout).toMatch(/^promoted: web in production is 1\.1\.0 \(2b2b2b2b2b2b\), r2, in .+\n$/);
    expect(ran.stderr).toContain('promotion of web in production');
    expect(ran.stderr).toContain('copying web 1.1.0');
    expect(ran.stderr).toContain(`undo: ${planView().undo}`);
  });
});

describe('a promotion that is put off', () => {
  const away = {
    code: 'REGISTRY_UNREACHABLE',
    message: 'registry unreachable: prod.example',
    wayOut: 'see that it runs',
  };
  const busy = { code: 'REGISTRY_REFUSED', message: 'prod.example: 503', wayOut: 'wait' };
  const putOff = { state: 'waiting', error: away } as const;
  const told = /^error REGISTRY_UNREACHABLE: registry unreachable: prod\.example\nway out: see that it runs$/gm;

  it('is told once while it is waited for, however often it is tried, with code and way out', async () => {
    const course = [putOff, putOff, { state: 'copying' }, putOff, { state: 'promoted', number: 2 }] as const;
    const ran = await run({ course }, ['--yes']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr.match(told)).toHaveLength(1);
  });

  it('is told for each different trouble', async () => {
    const course = [putOff, { state: 'waiting', error: busy }, putOff, { state: 'promoted' }] as const;
    const ran = await run({ course }, ['--yes']);
    expect(ran.stderr.match(/^error [A-Z_]+/gm)).toEqual(['error REGISTRY_UNREACHABLE', 'error REGISTRY_REFUSED']);
  });

  it('is told again when the time is up, with exit code 12', async () => {
    const ran = await run({ course: [putOff] }, ['--yes', '--timeout', '4s']);
    expect(ran).toMatchObject({ exitCode: 12, stdout: '' });
    expect(ran.stderr.match(told)).toHaveLength(2);
  });

  it('is in the document of --json, also when it is just being tried again', async () => {
    const ran = await run({ course: [putOff, { state: 'copying' }] }, ['--yes', '--json', '--timeout', '4s']);
    expect(ran.exitCode).toBe(12);
    const { error, promotion } = JSON.parse(ran.stdout);
    expect(error).toEqual(away);
    expect(promotion).toMatchObject({ state: 'copying' });
  });

  it('leaves nothing of it in the document when it went through', async () => {
    const ran = await run({ course: [putOff, { state: 'promoted', number: 2 }] }, ['--yes', '--json']);
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.stdout)).not.toHaveProperty('error');
  });

  it('starts on a line of its own below a bar', async () => {
    const course = [{ state: 'copying' }, putOff, { state: 'promoted' }] as const;
    const ran = await run({ course }, ['--yes'], { tty: true });
    expect(ran.stderr).toContain('\r\x1b[Kthe promotion is put off, and tried again\n');
  });
});

describe('promote --json', () => {
  it('prints what made a promotion fail where every error is', async () => {
    const ran = await run({ course: [failed('COMMAND_ABORTED')] }, ['--yes', '--json']);
    const document = JSON.parse(ran.stdout);
    expect(submittedSchema.parse(document)).toMatchObject({ promotion: { state: 'failed' } });
    expect(document.error).toEqual(document.promotion.error);
    expect(document.error.code).toBe('COMMAND_ABORTED');
  });

  it('prints the answer with the promotion as it ended', async () => {
    const ran = await run({}, ['--yes', '--json']);
    const submitted = submittedSchema.parse(JSON.parse(ran.stdout));
    expect(submitted).toMatchObject({ changed: true, promotion: { state: 'promoted', number: 2 } });
  });

  it('prints a refusal as data too', async () => {
    const ran = await run({ plan: refusedPlan }, ['--yes', '--json']);
    const submitted = submittedSchema.parse(JSON.parse(ran.stdout));
    expect(ran.exitCode).toBe(10);
    expect(submitted.plan.decision.reasons).toEqual([frozen]);
  });
});

describe('promote --dry-run', () => {
  it('prints the plan as data, submits nothing, and asks nobody', async () => {
    const ran = await run({}, ['--dry-run']);
    expect(ran).toMatchObject({ exitCode: 0, questions: [] });
    expect(ran.stdout).toContain('1.0.0 1a1a1a1a1a1a → 1.1.0 2b2b2b2b2b2b');
    expect(service?.seen.filter((request) => request.method === 'POST')).toHaveLength(1);
  });

  it('that would be refused exits 10', async () => {
    const ran = await run({ plan: refusedPlan }, ['--dry-run']);
    expect(ran.exitCode).toBe(10);
    expect(ran.stdout).toContain('way out: wait');
  });
});

describe('promote on a terminal', () => {
  const cases = [
    { name: 'goes on after y', answers: ['y'], exitCode: 0, posts: 2 },
    { name: 'goes on after yes', answers: ['Yes'], exitCode: 0, posts: 2 },
    { name: 'changes nothing after anything else', answers: ['maybe'], exitCode: 13, posts: 1 },
    { name: 'changes nothing when the input ends', answers: [], exitCode: 13, posts: 1 },
  ];
  for (const { name, answers, exitCode, posts } of cases) {
    it(name, async () => {
      const ran = await run({}, [], { answers });
      expect(ran.exitCode).toBe(exitCode);
      expect(ran.questions).toEqual(['promote web 1.1.0 (2b2b2b2b2b2b) to production? [y/N] ']);
      expect(service?.seen.filter((request) => request.method === 'POST')).toHaveLength(posts);
    });
  }

  it('does not ask when nothing would change', async () => {
    const ran = await run({ nothingToChange: true, plan: planView({ from: digests.second }) }, [], { answers: [] });
    expect(ran).toMatchObject({ exitCode: 0, questions: [] });
    expect(ran.stdout).toContain('is 1.1.0 (2b2b2b2b2b2b) already');
  });

  it('draws a bar and takes it away', async () => {
    const blobs = { total: 3, copied: 1, mounted: 1, present: 0, skipped: 0 };
    const progress = { bytesCopied: 50, bytesTotal: 100, blobs };
    const ran = await run({ course: [{ state: 'copying', progress }, { state: 'promoted' }] }, ['--yes'], {
      tty: true,
    });
    expect(ran.stderr).toContain('copying web 1.1.0 (2b2b2b2b2b2b) ███████████████░');
    expect(ran.stderr).toContain('50 %');
    expect(ran.stderr).toContain('\r\x1b[Kundo: ');
  });
});

describe('promote without a terminal and without --yes', () => {
  it('exits 2 before it asks the service anything', async () => {
    const ran = await run({});
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toMatch(/^error CONFIRMATION_NEEDED: .*promote web production\nway out: repeat with --yes/);
    expect(service?.seen).toEqual([]);
  });
});

describe('the release to promote', () => {
  const cases = [
    { name: 'is a version by position', extra: ['1.1.0'], body: { version: '1.1.0' } },
    { name: 'is a digest by position', extra: [digests.second], body: { digest: digests.second } },
    {
      name: 'is a version by flag, never the program’s own',
      extra: ['--version', '1.1.0'],
      body: { version: '1.1.0' },
    },
    { name: 'is a digest by flag', extra: ['--digest', digests.second], body: { digest: digests.second } },
    {
      name: 'is both when both are given',
      extra: ['1.1.0', '--digest', digests.second],
      body: { version: '1.1.0', digest: digests.second },
    },
    { name: 'is what is current before when nothing is said', extra: [], body: {} },
  ];
  for (const { name, extra, body } of cases) {
    it(name, async () => {
      const ran = await run({}, [...extra, '--dry-run']);
      expect(ran.exitCode).toBe(0);
      expect(service?.seen[0]?.body).toEqual({ ...body, dryRun: true });
    });
  }

  it('named twice is bad input', async () => {
    const ran = await run({}, ['1.1.0', '--version', '1.2.0', '--dry-run']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('named twice: 1.1.0 and 1.2.0');
  });
});
