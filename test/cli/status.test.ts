/** `status` and `history`: what they print as text and as JSON. */
import { afterEach, describe, expect, it } from 'vitest';
import { historyViewSchema } from '../../api/history.ts';
import { statusMatrixSchema } from '../../api/status.ts';
import { type FakeAnswers, type FakeService, openFakeService, problemOf } from './fake-service.ts';
import { busyMatrix, sampleHistory } from './sample-views.ts';
import { runWords } from './test-shell.ts';

let service: FakeService | undefined;

afterEach(async () => {
  await service?.close();
  service = undefined;
});

async function run(words: readonly string[], answers: FakeAnswers) {
  service = await openFakeService(answers);
  return runWords([...words, '--url', service.url]);
}

describe('status', () => {
  it('prints the matrix as data, with ages by the clock of the service', async () => {
    const ran = await run(['status'], { status: busyMatrix });
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    await expect(ran.stdout).toMatchFileSnapshot('golden/matrix-80.txt');
  });

  it('prints the shape of the API with --json', async () => {
    const ran = await run(['status', '--json'], { status: busyMatrix });
    expect(statusMatrixSchema.parse(JSON.parse(ran.stdout))).toEqual(statusMatrixSchema.parse(busyMatrix));
  });

  it('of one app shows that row alone', async () => {
    const ran = await run(['status', 'web', '--json'], { status: busyMatrix });
    expect(statusMatrixSchema.parse(JSON.parse(ran.stdout)).apps.map((app) => app.app)).toEqual(['web']);
  });

  it('of an unknown app exits 4', async () => {
    const ran = await run(['status', 'wbe'], { status: busyMatrix });
    expect(ran.exitCode).toBe(4);
    expect(ran.stderr).toMatch(/^error APP_UNKNOWN: unknown app: wbe\nway out: /);
  });

  it('of nothing at all says how to begin, and that is no data', async () => {
    const ran = await run(['status'], {});
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' });
    expect(ran.stderr).toContain('no apps yet');
  });
});

describe('history', () => {
  it('prints releases newest first, with numbers and marks', async () => {
    const ran = await run(['history', 'web', 'production'], { history: sampleHistory });
    expect(ran.exitCode).toBe(0);
    const numbers = ran.stdout.match(/\br\d+\b/g);
    expect(numbers).toEqual(['r4', 'r3', 'r2', 'r1']);
    expect(ran.stdout).toContain('✗ quarantined');
  });

  it('prints the shape of the API with --json', async () => {
    const ran = await run(['history', 'web', 'production', '--json'], { history: sampleHistory });
    expect(historyViewSchema.parse(JSON.parse(ran.stdout))).toEqual(sampleHistory);
  });

  it('asks for apps whose names have slashes', async () => {
    await run(['history', 'team/web', 'production'], {});
    expect(service?.seen[0]?.path).toBe('/api/v1/apps/team%2Fweb/environments/production/history');
  });

  it('says every fault of a malformed request', async () => {
    const faults = [
      { code: 'REQUEST_INVALID', message: 'app: too long', wayOut: '' },
      { code: 'REQUEST_INVALID', message: 'environment: not a name', wayOut: '' },
    ];
    service = await openFakeService({ problem: problemOf('REQUEST_INVALID', 422, 'two faults', { reasons: faults }) });
    const ran = await runWords(['promote', 'web', 'X', '--dry-run', '--url', service.url]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('two faults\n  app: too long\n  environment: not a name\nway out: ');
  });
});
