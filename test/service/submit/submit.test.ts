import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PromotionRequest, RollbackRequest } from '../../../api/promotion.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import type { SubmitStepName } from '../../../service/submit/context.ts';
import { openSubmitWorld, type SubmitWorld } from './submit-world.ts';

const actor = { name: 'tester', role: 'operator' } as const;
const staging = { app: 'web', environment: 'staging' } as const;
const production = { app: 'web', environment: 'production' } as const;

let world: SubmitWorld;
beforeEach(async () => {
  world = await openSubmitWorld();
  await world.release('1.0.0');
  await world.release('1.1.0');
});
afterEach(() => world.close());

const promote = (request: PromotionRequest, key?: string) => world.promotions.submitPromotion(request, actor, key);
const rollback = (request: Partial<RollbackRequest> = {}, key?: string) =>
  world.promotions.submitRollback({ ...staging, reason: 'because', ...request }, actor, key);

/** The next submission ends at the step, as if its process had died there. */
function crashAt(step: SubmitStepName): void {
  world.onStep = async (name) => {
    if (name !== step) return;
    world.onStep = async () => {};
    throw new Error('crashed');
  };
}

async function promoted(version: string): Promise<void> {
  await promote({ ...staging, version });
  await world.drain('staging');
}

async function expectCode(answer: Promise<unknown>, code: string, ...named: readonly string[]): Promise<void> {
  const error = await answer.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toMatchObject({ code, wayOut: expect.stringMatching(/./) });
  for (const name of named) expect(String(error)).toContain(name);
}

describe('a promotion', () => {
  test.each<[string, PromotionRequest, string, readonly string[]]>([
    ['an unknown app', { ...staging, app: 'shop' }, 'APP_UNKNOWN', ['shop', 'api, web']],
    [
      'an unknown environment',
      { ...staging, environment: 'qa' },
      'ENVIRONMENT_UNKNOWN',
      ['qa', 'dev, staging, production'],
    ],
    ['a text that is no version', { ...staging, version: '1.0' }, 'VERSION_INVALID', ['1.0']],
    ['a version that is not upstream', { ...staging, version: '9.9.9' }, 'VERSION_NOT_UPSTREAM', ['9.9.9', 'dev']],
    ['a text that is no digest', { ...staging, digest: 'sha256:1' }, 'DIGEST_INVALID', ['sha256:1']],
    ['a digest that is not upstream', { ...staging, digest: `sha256:${'0'.repeat(64)}` }, 'MANIFEST_UNKNOWN', ['dev']],
    ['an environment with nothing upstream', production, 'NOTHING_CURRENT', ['staging']],
  ])('of %s is refused with its code, the value and the way out', async (_, request, code, named) => {
    await expectCode(promote(request), code, ...named);
  });

  test('whose version and digest disagree is refused', async () => {
    const digest = await world.release('1.2.0');
    await expectCode(promote({ ...staging, version: '1.0.0', digest }), 'REQUEST_INVALID', '1.0.0', digest);
  });

  test('of neither version nor digest takes the newest release of the first environment', async () => {
    const { plan } = await promote(staging);
    expect(plan).toMatchObject({ toVersion: '1.1.0', tags: ['1.1.0', 'staging'] });
  });

  test('of neither version nor digest takes what is current upstream', async () => {
    await promoted('1.0.0');
    expect((await promote(production)).plan.toVersion).toBe('1.0.0');
  });

  test('as a dry run changes nothing', async () => {
    expect(await promote({ ...staging, dryRun: true })).toMatchObject({ changed: false, plan: { toVersion: '1.1.0' } });
    await world.drain('staging');
    expect((await world.promotions.status()).apps[1]?.environments[1]?.state).toBe('empty');
  });

  test('to where it already is succeeds and changes nothing', async () => {
    await promoted('1.0.0');
    const again = await promote({ ...staging, version: '1.0.0' });
    expect(again.changed).toBe(false);
    expect(again.promotion).toBeUndefined();
  });

  test('to where it is by the ledger, while other hands moved the tag, is queued', async () => {
    await promoted('1.0.0');
    const target = world.repository('staging/web');
    await target.deleteTag?.(parseTag('staging'));
    expect((await promote({ ...staging, version: '1.0.0' })).changed).toBe(true);
  });

  test('that expects another current digest is a conflict', async () => {
    await promoted('1.0.0');
    const expectedCurrent = `sha256:${'0'.repeat(64)}`;
    await expectCode(promote({ ...staging, expectedCurrent }), 'EXPECTED_CURRENT_CHANGED', expectedCurrent);
  });

  test('that is repeated with its key is answered as the first time, even after it ended', async () => {
    const first = await promote({ ...staging, version: '1.0.0' }, 'key');
    await world.drain('staging');
    const second = await promote({ ...staging, version: '1.0.0' }, 'key');
    expect(second).toMatchObject({
      changed: true,
      plan: first.plan,
      promotion: { id: first.promotion?.id, state: 'promoted' },
    });
  });

  test.each(['ring', 'answer'] as const)(
    'whose answer was lost before %s is answered when it is repeated with its key, and queued once',
    async (step) => {
      crashAt(step);
      await expect(promote({ ...staging, version: '1.0.0' }, 'key')).rejects.toThrow('crashed');
      const repeated = await promote({ ...staging, version: '1.0.0' }, 'key');
      expect(repeated).toMatchObject({ changed: true, plan: { toVersion: '1.0.0' }, promotion: { state: 'waiting' } });
      await world.drain('staging');
      const ended = await promote({ ...staging, version: '1.0.0' }, 'key');
      expect(ended).toMatchObject({ promotion: { id: repeated.promotion?.id, state: 'promoted' } });
      await expectCode(promote({ ...staging, version: '1.1.0' }, 'key'), 'IDEMPOTENCY_KEY_REUSED', 'key');
    },
  );

  test('whose process ended before it was accepted is not queued', async () => {
    crashAt('accept');
    await expect(promote({ ...staging, version: '1.0.0' }, 'key')).rejects.toThrow('crashed');
    await world.drain('staging');
    expect((await world.promotions.history('web', 'staging')).entries).toEqual([]);
    expect(await promote({ ...staging, version: '1.1.0' }, 'key')).toMatchObject({ plan: { toVersion: '1.1.0' } });
  });

  test('with the key of another request is a conflict', async () => {
    await promote({ ...staging, version: '1.0.0' }, 'key');
    await expectCode(promote({ ...staging, version: '1.1.0' }, 'key'), 'IDEMPOTENCY_KEY_REUSED', 'key');
  });

  test('of a release that was never current upstream is refused by policy, with the reason', async () => {
    await promoted('1.0.0');
    const digest = await world.release('1.2.0');
    const source = await world.repository('acme/web').fetchManifest(digest);
    await world.repository('staging/web').pushTag(parseTag('1.2.0'), source);
    const { plan, promotion } = await promote({ ...production, version: '1.2.0' });
    expect(plan.decision).toMatchObject({ allowed: false, reasons: [{ code: 'UPSTREAM_NEVER_CURRENT' }] });
    expect(promotion).toBeUndefined();
  });

  test('of what was rolled back from is refused by policy', async () => {
    await promoted('1.0.0');
    await promoted('1.1.0');
    await rollback();
    const { plan } = await promote({ ...staging, version: '1.1.0' });
    expect(plan.decision.reasons.map((reason) => reason.code)).toEqual(['DIGEST_QUARANTINED']);
  });
});

describe('a rollback', () => {
  beforeEach(async () => {
    await promoted('1.0.0');
    await promoted('1.1.0');
  });

  test('goes to the last release that was current before, and holds', async () => {
    const { plan } = await rollback();
    expect(plan).toMatchObject({ kind: 'rollback', fromVersion: '1.1.0', toVersion: '1.0.0', willHold: true });
    await world.drain('staging');
    expect((await world.promotions.status()).apps[1]?.environments[1]).toMatchObject({
      version: '1.0.0',
      hold: { by: 'tester', reason: 'because' },
    });
  });

  test('by two people at once is one rollback', async () => {
    const [first, second] = [await rollback(), await rollback()];
    expect(second.promotion?.id).toBe(first.promotion?.id);
    await world.drain('staging');
    const third = await rollback({ expectedCurrent: first.plan.from });
    expect(third).toMatchObject({ changed: false, plan: { toVersion: '1.0.0' } });
  });

  test('that joined another one and is repeated with its key after the end goes no step further', async () => {
    const first = await rollback({ reason: 'broken' });
    const joined = await rollback({ reason: 'me too' }, 'key');
    await world.drain('staging');
    const repeated = await rollback({ reason: 'me too' }, 'key');
    expect(repeated).toEqual({ ...joined, promotion: { ...joined.promotion, ...repeated.promotion } });
    expect(repeated.promotion).toMatchObject({ id: first.promotion?.id, state: 'promoted' });
    await expectCode(rollback({ reason: 'another' }, 'key'), 'IDEMPOTENCY_KEY_REUSED', 'key');
  });

  test.each(['ring', 'answer'] as const)(
    'whose answer was lost before %s goes no step further when it is repeated with its key after its end',
    async (step) => {
      crashAt(step);
      await expect(rollback({}, 'key')).rejects.toThrow('crashed');
      await world.drain('staging');
      const repeated = await rollback({}, 'key');
      expect(repeated).toMatchObject({ plan: { toVersion: '1.0.0' }, promotion: { state: 'promoted', number: 3 } });
      expect((await world.promotions.history('web', 'staging')).entries.length).toBe(3);
    },
  );

  test('by somebody who saw another release current is a conflict, and nothing moves', async () => {
    const seen = (await world.promotions.history('web', 'staging')).entries[1]?.digest ?? '';
    await expectCode(rollback({ expectedCurrent: seen }), 'EXPECTED_CURRENT_CHANGED', seen);
    expect((await world.promotions.status()).apps[1]?.environments[1]?.hold).toBeUndefined();
  });

  test('to what is current changes nothing', async () => {
    expect((await rollback({ to: '1.1.0' })).changed).toBe(false);
  });

  test('to a release that was never here is refused with those there are', async () => {
    await expectCode(rollback({ to: '3.0.0' }), 'ROLLBACK_TARGET_UNKNOWN', '3.0.0', 'r2 1.1.0, r1 1.0.0');
  });

  test('forward again is the same operation', async () => {
    await rollback();
    await world.drain('staging');
    await rollback({ to: '1.1.0' });
    await world.drain('staging');
    const { entries } = await world.promotions.history('web', 'staging');
    expect(entries[0]).toMatchObject({ number: 4, version: '1.1.0', current: true, quarantined: false });
  });

  test('is in the history with who and why, newest first', async () => {
    await rollback();
    await world.drain('staging');
    const { entries } = await world.promotions.history('web', 'staging');
    expect(entries.map(({ number, version, kind, current }) => ({ number, version, kind, current }))).toEqual([
      { number: 3, version: '1.0.0', kind: 'rollback', current: true },
      { number: 2, version: '1.1.0', kind: 'promotion', current: false },
      { number: 1, version: '1.0.0', kind: 'promotion', current: false },
    ]);
    expect(entries[0]).toMatchObject({ by: 'tester', reason: 'because', receipted: true });
    expect(entries[1]?.quarantined).toBe(true);
  });

  test('the history is the same when Redis has forgotten everything', async () => {
    await rollback();
    await world.drain('staging');
    const told = (await world.promotions.history('web', 'staging')).entries;
    await world.context.redis.flushall();
    const read = (await world.promotions.history('web', 'staging')).entries;
    const facts = ({ number, digest, version, kind, by, reason, at }: (typeof told)[number]) => ({
      number,
      digest,
      version,
      kind,
      by,
      reason,
      at,
    });
    expect(read.map(facts)).toEqual(told.map(facts));
  });
});

test('a promotion that nobody knows is not found', async () => {
  await expectCode(world.promotions.read('p-0'), 'PROMOTION_UNKNOWN', 'p-0');
});
