/** `rollback`: what it shows, what it asks, what it sends. */
import { afterEach, describe, expect, it } from 'vitest';
import { submittedSchema } from '../../api/promotion.ts';
import { type FakeAnswers, type FakeService, openFakeService, problemOf } from './fake-service.ts';
import { digests, planView } from './sample-views.ts';
import { type RunOptions, runWords } from './test-shell.ts';

const plan = planView({
  kind: 'rollback',
  from: digests.second,
  fromVersion: '1.1.0',
  to: digests.first,
  toVersion: '1.0.0',
  tags: ['production'],
  willHold: true,
  supersedes: ['01J0WAITING'],
  undo: 'registry-action rollback web production --to 1.1.0 --reason "…"',
});
const back = { kind: 'rollback', version: '1.0.0', digest: digests.first, state: 'promoted', number: 3 } as const;
const reason = ['--reason', '1.1.0 loses orders'];

let service: FakeService | undefined;

afterEach(async () => {
  await service?.close();
  service = undefined;
});

async function run(extra: readonly string[], options: RunOptions = {}, answers: FakeAnswers = {}) {
  service = await openFakeService({ plan, course: [back], ...answers });
  return runWords(['rollback', 'web', 'production', '--url', service.url, ...extra], options);
}

function posts() {
  return service?.seen.filter((request) => request.method === 'POST') ?? [];
}

describe('rollback', () => {
  it('shows what moves, what is displaced, what is held and what stays before it acts', async () => {
    const ran = await run([...reason, '--yes']);
    expect(ran.exitCode).toBe(0);
    for (const text of [
      '1.1.0 2b2b2b2b2b2b → 1.0.0 1a1a1a1a1a1a',
      '01J0WAITING',
      'production is held',
      'configuration, secrets and databases',
    ]) {
      expect(ran.stderr).toContain(text);
    }
    expect(ran.stdout).toMatch(/^rolled back: web in production is 1\.0\.0 \(1a1a1a1a1a1a\), r3, in /);
    expect(ran.stderr).toContain(`undo: ${plan.undo}`);
  });

  it('goes to the digest of the plan, and only from the one it showed', async () => {
    await run([...reason, '--yes']);
    expect(posts().map((request) => request.body)).toEqual([
      { reason: '1.1.0 loses orders', dryRun: true },
      { reason: '1.1.0 loses orders', to: digests.first, expectedCurrent: digests.second },
    ]);
    expect(posts()[1]?.path).toBe('/api/v1/apps/web/environments/production/rollbacks');
  });

  const targets = ['1.0.0', digests.first, 'r2'];
  for (const target of targets) {
    it(`plans with the target as it was written: ${target.slice(0, 12)}`, async () => {
      await run([...reason, '--to', target, '--dry-run']);
      expect(posts()[0]?.body).toEqual({ reason: '1.1.0 loses orders', to: target, dryRun: true });
    });
  }

  it('prints the answer as JSON in the shape of the API', async () => {
    const ran = await run([...reason, '--yes', '--json']);
    expect(submittedSchema.parse(JSON.parse(ran.stdout))).toMatchObject({ changed: true, promotion: { number: 3 } });
  });

  it('needs a reason where nobody can be asked for one', async () => {
    const ran = await run(['--yes']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('a rollback needs a reason: web in production');
    expect(posts()).toEqual([]);
  });

  it('needs no reason for a dry run', async () => {
    const ran = await run(['--dry-run']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('rollback of web in production');
  });

  it('without a terminal and without --yes exits 2 before it asks the service anything', async () => {
    const ran = await run(reason);
    expect(ran.exitCode).toBe(2);
    expect(service?.seen).toEqual([]);
  });

  it('without a good release to go back to exits 4', async () => {
    const problem = problemOf('ROLLBACK_TARGET_UNKNOWN', 404, 'no good earlier release to go back to; there are: none');
    const ran = await run([...reason, '--yes'], {}, { problem });
    expect(ran.exitCode).toBe(4);
    expect(ran.stderr).toContain('error ROLLBACK_TARGET_UNKNOWN:');
  });
});

describe('rollback on a terminal', () => {
  it('asks why, then for the name of the app', async () => {
    const ran = await run([], { answers: ['1.1.0 loses orders', 'web'] });
    expect(ran.exitCode).toBe(0);
    expect(ran.questions).toEqual([
      'why is web rolled back? ',
      'type the name of the app (web) to roll production back: ',
    ]);
    expect(posts()[1]?.body).toMatchObject({ reason: '1.1.0 loses orders' });
  });

  for (const answer of ['y', 'yes', 'Web', '']) {
    it(`changes nothing after ${JSON.stringify(answer)} in the place of the name`, async () => {
      const ran = await run(reason, { answers: [answer] });
      expect(ran.exitCode).toBe(13);
      expect(posts()).toHaveLength(1);
    });
  }

  it('asks as well when it means to stay on the current release, because what is on its way is stopped', async () => {
    const stay = planView({ ...plan, from: digests.first, fromVersion: '1.0.0' });
    const ran = await run(reason, { answers: ['web'] }, { plan: stay });
    expect(ran.questions).toHaveLength(1);
    expect(ran.stderr).toContain('(stays)');
  });
});
