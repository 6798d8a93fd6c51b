/** A workload promotes and rolls back through the API, on a real Redis: what is recorded, and what a repeated request does. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { historyViewSchema } from '../../../api/history.ts';
import { submittedSchema } from '../../../api/promotion.ts';
import { issuedAt } from '../../identity/local-issuer.ts';
import { problemIn } from '../http/http-bench.ts';
import { openSubmitWorld, type SubmitWorld } from '../submit/submit-world.ts';
import { openWorkloadWorld, type WorkloadWorld } from './workload-world.ts';

let service: SubmitWorld;
let world: WorkloadWorld;
beforeAll(async () => {
  service = await openSubmitWorld();
  world = await openWorkloadWorld(undefined, { promotions: service.promotions });
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await service.release(version);
});
afterAll(async () => {
  await world.close();
  await service.close();
});

const byRun = 'github:acme/web by octocat (promote.yml, run 7391.2)';

function promote(version: string, idempotencyKey: string) {
  return {
    method: 'POST' as const,
    url: '/api/v1/apps/web/environments/staging/promotions',
    headers: { 'idempotency-key': idempotencyKey },
    payload: { version },
  };
}

async function historyOf(environment: string) {
  const { json } = await world.callAs({}, { url: `/api/v1/apps/web/environments/${environment}/history` });
  return historyViewSchema.parse(json).entries;
}

test('what it does is recorded with repository, account, workflow and run', async () => {
  const answer = await world.callAs({}, promote('1.0.0', 'run-7391'));
  expect(answer.status).toBe(202);
  expect(submittedSchema.parse(answer.json).promotion?.actor).toBe(byRun);
  await service.drain('staging');
  expect(await historyOf('staging')).toMatchObject([{ version: '1.0.0', by: byRun, receipted: true, current: true }]);
});

test('a token shown again with the same key does nothing again, and neither does another attempt of the run', async () => {
  const token = await world.issuer.token();
  const first = submittedSchema.parse((await world.callWith(token, promote('1.1.0', 'run-7392'))).json);
  const replayed = submittedSchema.parse((await world.callWith(token, promote('1.1.0', 'run-7392'))).json);
  const again = submittedSchema.parse((await world.callAs({ run_attempt: '3' }, promote('1.1.0', 'run-7392'))).json);
  expect(replayed.promotion?.id).toBe(first.promotion?.id);
  expect(again.promotion?.id).toBe(first.promotion?.id);
  await service.drain('staging');
  const late = submittedSchema.parse((await world.callWith(token, promote('1.1.0', 'run-7392'))).json);
  expect(late.promotion).toMatchObject({ id: first.promotion?.id, state: 'promoted' });
  expect((await historyOf('staging')).map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);
});

test('a key that was used for another request is refused', async () => {
  const problem = problemIn(await world.callAs({}, promote('1.2.0', 'run-7392')));
  expect(problem).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_REUSED' });
});

test('what it may not do leaves no trace, and its reading of the past goes on', async () => {
  const before = await historyOf('staging');
  const pull = { event_name: 'pull_request', ref: 'refs/pull/7/merge' };
  expect(problemIn(await world.callAs(pull, promote('1.2.0', 'run-7'))).code).toBe('ACCESS_DENIED');
  expect(problemIn(await world.callAs({ exp: issuedAt - 100 }, promote('1.2.0', 'run-7'))).status).toBe(401);
  await service.drain('staging');
  expect(await historyOf('staging')).toEqual(before);
});

test('it rolls back where its rule says so, and holds the environment in its name', async () => {
  const answer = await world.callAs(
    {},
    {
      method: 'POST',
      url: '/api/v1/apps/web/environments/staging/rollbacks',
      payload: { reason: 'it loses orders', to: '1.0.0' },
    },
  );
  expect(answer.status).toBe(202);
  await service.drain('staging');
  expect(await historyOf('staging')).toMatchObject([
    { version: '1.0.0', kind: 'rollback', by: byRun, reason: 'it loses orders' },
    {},
    {},
  ]);
  const { json } = await world.callAs({}, { url: '/api/v1/status' });
  expect(JSON.stringify(json)).toContain(`"hold":{"by":"${byRun}"`);
});
