/** `release --promote-to`: the promotion that follows a release, and what its end is to the exit code. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { type FakeAnswers, type FakeService, openFakeService, problemOf } from './fake-service.ts';
import { openReleaseSite, type ReleaseSite } from './release-site.ts';
import { planView } from './sample-views.ts';

let registry: RegistryUnderTest;
let site: ReleaseSite;
let service: FakeService | undefined;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
});
afterAll(() => registry.close());
beforeEach(async () => {
  site = await openReleaseSite(registry);
});
afterEach(async () => {
  await site.close();
  await service?.close();
  service = undefined;
});

const token = 'rat_0123456789abcdef';

async function releaseWith(answers: FakeAnswers, words: readonly string[] = []) {
  service = await openFakeService({ token, ...answers });
  const env = { REGISTRY_ACTION_URL: service.url, REGISTRY_ACTION_TOKEN: token };
  const ran = await site.release('1.9.1', ['--promote-to', 'staging', '--json', ...words], { env });
  return { ...ran, document: JSON.parse(ran.stdout), posts: service.seen.filter(({ method }) => method === 'POST') };
}

it('is asked for by digest when the version is published, and waited for', async () => {
  const { exitCode, document, posts } = await releaseWith({}, ['--reason', 'a new version']);
  expect(exitCode).toBe(0);
  expect(posts[0]?.path).toContain(`/${site.image.split('/').at(-1)}/environments/staging/`);
  expect(posts.map(({ body }) => body)).toEqual([
    {
      digest: await site.digestOf('1.9.1'),
      version: '1.9.1',
      reason: 'a new version',
    },
  ]);
  expect(document.promotion).toMatchObject({ id: expect.any(String), state: 'promoted' });
});

it('is in the output file', async () => {
  const { document } = await releaseWith({}, ['--output-file', 'release.env']);
  const text = await readFile(join(site.directory, 'release.env'), 'utf8');
  expect(text).toContain(`RELEASE_PROMOTION_ID=${document.promotion.id}\nRELEASE_PROMOTION_STATE=promoted\n`);
});

it('that a policy refuses is exit code 10, unless only a report is wanted', async () => {
  const reasons = [{ code: 'FROZEN', message: 'frozen until Monday', wayOut: 'wait' }];
  const plan = planView({ decision: { allowed: false, reasons } });
  const refused = await releaseWith({ plan });
  expect([refused.exitCode, refused.document.promotion.state]).toEqual([10, 'refused']);
  expect(refused.stderr).toContain('frozen until Monday');
  await service?.close();
  expect((await releaseWith({ plan }, ['--on-refusal', 'report'])).exitCode).toBe(0);
});

it('that cannot be asked for leaves the release in the document, beside the error', async () => {
  const problem = problemOf('APP_UNKNOWN', 404, 'unknown app');
  const { exitCode, document } = await releaseWith({ problem });
  expect(exitCode).toBe(4);
  expect(document).toMatchObject({ version: '1.9.1', error: { code: 'APP_UNKNOWN' } });
  expect(document).not.toHaveProperty('promotion');
});

it('is not asked for when the release is only planned', async () => {
  expect((await releaseWith({}, ['--dry-run'])).posts).toEqual([]);
});

it('is not waited for with --no-wait', async () => {
  const { exitCode, document } = await releaseWith({ course: [{ state: 'copying' }] }, ['--no-wait']);
  expect([exitCode, document.promotion.state]).toEqual([0, 'copying']);
});
