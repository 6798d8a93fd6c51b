/** Commands in comments, by the bundle: the service is asked, and the reply stands below the comment. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeAnswers, type FakeService, openFakeService } from '../cli/fake-service.ts';
import { busyMatrix, planView } from '../cli/sample-views.ts';
import { type FakeGithub, openFakeGithub } from './fake-github.ts';
import { type FakeIdentity, openFakeIdentity } from './fake-identity.ts';
import { type Job, openJob, type StepEnd } from './step-process.ts';

const token = 'header.payload-of-a-job.signature';

let job: Job;
let identity: FakeIdentity;
let service: FakeService;
let github: FakeGithub;

beforeEach(async () => {
  job = await openJob();
  identity = await openFakeIdentity(token);
  github = await openFakeGithub();
});
afterEach(async () => {
  for (const part of [service, identity, github, job]) await part.close();
});

interface Said {
  readonly action?: string;
  readonly association?: string;
  readonly answers?: FakeAnswers;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly event?: unknown;
}

async function say(body: string, { action = 'created', association = 'MEMBER', ...said }: Said = {}): Promise<StepEnd> {
  service = await openFakeService({ token, ...said.answers });
  return await job.run({
    env: { ...identity.env, GITHUB_API_URL: github.apiUrl, GITHUB_EVENT_NAME: 'issue_comment' },
    inputs: { command: 'chat', 'service-url': service.url, ...said.inputs },
    event: said.event ?? {
      action,
      issue: { number: 12, pull_request: {} },
      comment: {
        id: 34,
        body,
        html_url: 'https://github.example/acme/web/pull/12#issuecomment-34',
        user: { login: 'ann' },
        author_association: association,
      },
      repository: { full_name: 'acme/web' },
    },
  });
}

const submitted = () => service.seen.filter(({ method }) => method === 'POST');
const replies = () =>
  github.calls
    .filter(({ path }) => path === '/api/v3/repos/acme/web/issues/12/comments')
    .map(({ body }) => String(Object(body)['body']));

test('a promotion is seen, carried out, and told below the comment', async () => {
  const end = await say('/promote web 1.1.0 to production --reason new checkout');
  expect(end.stderr).toBe('');
  expect(end.exitCode).toBe(0);
  expect(github.calls.map(({ path }) => path)).toEqual([
    '/api/v3/repos/acme/web/issues/comments/34/reactions',
    '/api/v3/repos/acme/web/issues/12/comments',
  ]);
  expect(github.calls[0]?.authorization).toBe('token ghs_token_of_the_job');
  expect(submitted().map(({ path, body }) => [path, body])).toEqual([
    ['/api/v1/apps/web/environments/production/promotions', { version: '1.1.0', reason: 'new checkout' }],
  ]);
  expect(replies()[0]).toContain('🟢 promoted');
  expect(end.outputs.get('promotion-state')).toBe('promoted');
});

test('a promotion without a reason has the comment as its reason', async () => {
  await say('/promote web to production');
  expect(submitted()[0]?.body).toEqual({
    reason: 'asked for by ann, https://github.example/acme/web/pull/12#issuecomment-34',
  });
});

test('a rollback is carried out with its reason', async () => {
  const end = await say('/rollback web production to r1 orders are lost', {
    answers: { plan: planView({ kind: 'rollback' }) },
  });
  expect(end.exitCode).toBe(0);
  expect(submitted().map(({ path, body }) => [path, body])).toEqual([
    ['/api/v1/apps/web/environments/production/rollbacks', { to: 'r1', reason: 'orders are lost' }],
  ]);
  expect(replies()[0]).toContain('🟢');
});

test('a refusal is told with every reason and fails the step', async () => {
  const reasons = [{ code: 'SOAK_TOO_SHORT', message: 'soaked 3 min of 1 h, ask @ann', wayOut: 'wait' }];
  const end = await say('/promote web to production', {
    answers: { plan: planView({ decision: { allowed: false, reasons } }) },
  });
  expect(end.exitCode).toBe(1);
  expect(replies()[0]).toContain('`SOAK_TOO_SHORT`');
  expect(replies()[0]?.split('```')[0]).not.toContain('@ann');
});

test('a status is told as a table', async () => {
  const end = await say('/status web', { answers: { status: busyMatrix } });
  expect(end.exitCode).toBe(0);
  expect(replies()[0]).toContain('production');
  expect(JSON.parse(end.outputs.get('status') ?? '').apps).toHaveLength(1);
});

test('help names what can be written, and asks nobody', async () => {
  const end = await say('/help');
  expect(end.exitCode).toBe(0);
  expect(replies()[0]).toContain('/rollback APP ENVIRONMENT');
  expect(service.seen).toEqual([]);
});

test.each([
  ['no command', 'Thanks, looks good!', {}],
  ['a command that somebody quotes', '> /promote web to production', {}],
  ['a command that was written into an old comment', '/promote web to production', { action: 'edited' }],
])('%s does nothing', async (_, body, said) => {
  const end = await say(body, said);
  expect(end.exitCode).toBe(0);
  expect([...github.calls, ...service.seen]).toEqual([]);
});

test.each(['CONTRIBUTOR', 'NONE', 'FIRST_TIMER', ''])(
  'somebody who is %j to the repository may not',
  async (association) => {
    const end = await say('/rollback web production it is fun', { association });
    expect(end.exitCode).toBe(1);
    expect(service.seen).toEqual([]);
    expect(identity.audiences).toEqual([]);
    expect(replies()[0]).toContain('`ACCESS_DENIED`');
  },
);

test.each([
  ['/promote web production', '🔴 not understood'],
  ['/promte web to production', 'promote'],
  ['/approve 12', 'is not supported yet'],
])('%j is answered with what is wrong', async (body, words) => {
  const end = await say(body);
  expect(end.exitCode).toBe(1);
  expect(replies()[0]).toContain(words);
  expect(service.seen).toEqual([]);
});

test('a service that is away is told below the comment', async () => {
  const end = await say('/status', { inputs: { 'service-url': 'http://127.0.0.1:9' } });
  expect(end.exitCode).toBe(1);
  expect(replies()[0]).toContain('`SERVICE_UNREACHABLE`');
});

test('a reply that cannot be written does not undo what was done', async () => {
  await github.close();
  github = await openFakeGithub(403);
  const end = await say('/promote web to production');
  expect(end.exitCode).toBe(0);
  expect(end.outputs.get('promotion-state')).toBe('promoted');
  expect(end.commands.filter(({ name }) => name === 'warning')).toHaveLength(2);
});

test('a run that is about no comment fails', async () => {
  const end = await say('', { event: { action: 'created' } });
  expect(end.exitCode).toBe(1);
  expect(end.commands.find(({ name }) => name === 'error')?.value).toContain('issue_comment');
});
