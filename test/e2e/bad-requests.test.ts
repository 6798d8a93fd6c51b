/** Malformed requests to a service that runs: each gets its code, its status, the wrong value and the way out, and changes nothing. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Problem, problemMediaType, problemSchema } from '../../api/problem.ts';
import { loggedLines, wholeLog } from './logged.ts';
import { type RawAnswer, type RawRequest, sendRaw } from './raw-request.ts';
import { pushRelease } from './releases.ts';
import { openServed, type Served } from './served.ts';
import { waitUntil } from './wait-until.ts';

const promotions = '/api/v1/apps/web/environments/staging/promotions';
const rollbacks = '/api/v1/apps/web/environments/staging/rollbacks';
const history = '/api/v1/apps/web/environments/staging/history';
const tokens = '/api/v1/tokens';

/** Of a body that is no larger than this, the size is never the fault. Its code's way out names the number. */
const bodySizeBytesMax = 64 * 1024;

const noDigest = `sha256:${'0'.repeat(64)}`;

let served: Served;
/** The problems that were answered. */
const refusals: Problem[] = [];
/** Everything that a request could have changed, from before the test. */
let before: unknown;

beforeAll(async () => {
  served = await openServed({ env: wholeLog });
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await pushRelease(served, 'web', version);
  for (const version of ['1.0.0', '1.1.0'])
    await served.cliJson(['promote', 'web', 'staging', '--version', version, '--yes']);
  await waitUntil('dev has followed', async () => {
    const { entries } = await read(history.replace('staging', 'dev'));
    return JSON.stringify(entries).includes('"version":"1.2.0"');
  });
});
afterAll(() => served?.close());

beforeEach(async () => {
  before = await readEverything();
});
afterEach(async () => {
  expect(await readEverything()).toEqual(before);
});

/** Status, histories and tokens, without the moment at which they were read. */
async function readEverything(): Promise<unknown> {
  const { at: _, ...status } = await read('/api/v1/status');
  const histories = ['dev', 'staging', 'production'].map((each) => read(history.replace('staging', each)));
  return { status, histories: await Promise.all(histories), tokens: await read(tokens) };
}

async function read(path: string): Promise<Record<string, unknown>> {
  const { status, body } = await served.api('GET', path);
  expect(status).toBe(200);
  return body;
}

/** Sends it signed in as the administrator, a body as JSON, unless its headers say otherwise. */
function send({ headers, ...request }: RawRequest): Promise<RawAnswer> {
  const type = request.body === undefined ? {} : { 'content-type': 'application/json' };
  const authorization = `Bearer ${served.token}`;
  return sendRaw(served.apiUrl, { ...request, headers: { authorization, ...type, ...headers } });
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  /** What the problem must name: the wrong value. */
  readonly named: string;
}

function expectRefusal(answer: RawAnswer, { status, code, named }: Refusal): void {
  expect(answer.headers.get('content-type')).toContain(problemMediaType);
  const problem = problemSchema.parse(JSON.parse(answer.text));
  refusals.push(problem);
  expect({ line: answer.status, status: problem.status, code: problem.code }).toEqual({ line: status, status, code });
  expect(problem.wayOut).toMatch(/\S/);
  expect(JSON.stringify([problem.detail, problem.reasons])).toContain(JSON.stringify(named).slice(1, -1));
  expect(answer.text).not.toContain(served.token);
  expect(answer.text).not.toMatch(/\n\s+at |node_modules|service\/http/);
}

type Case = readonly [title: string, request: RawRequest, refusal: Refusal];

const invalid = (named: string): Refusal => ({ status: 400, code: 'REQUEST_INVALID', named });

/** A promotion with the body. */
const promote = (body: unknown): RawRequest => ({
  method: 'POST',
  path: promotions,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const rollBack = (body: unknown): RawRequest => ({ ...promote(body), path: rollbacks });

const bodies: readonly Case[] = [
  ['broken JSON', promote('{"version": "1.0.0'), invalid('not JSON')],
  ['JSON with something behind it', promote('{} {}'), invalid('position 3')],
  ['nothing, said to be JSON', promote(''), invalid('empty')],
  ['null', promote('null'), invalid('null')],
  ['a list', promote('["1.0.0"]'), invalid('["1.0.0"]')],
  ['a text', promote('"1.0.0"'), invalid('1.0.0')],
  ['a version that is a number', promote({ version: 1 }), invalid('body.version: expected string: 1')],
  ['an unknown field', promote({ verison: '1.0.0' }), invalid('verison')],
  ['a field that would change prototypes', promote('{"__proto__": {"version": "1.0.0"}}'), invalid('__proto__')],
  ['a dry run that is a text', promote({ dryRun: 'yes' }), invalid('body.dryRun: expected boolean: "yes"')],
  ['a digest that is too short', promote({ digest: 'sha256:12' }), invalid('sha256:12')],
  ['a digest in capitals', promote({ digest: `sha256:${'A'.repeat(64)}` }), invalid('sha256:AAAA')],
  ['a digest of an unknown algorithm', promote({ digest: `md5:${'0'.repeat(32)}` }), invalid('md5:000')],
  ['an expected digest that is none', promote({ expectedCurrent: '1.0.0' }), invalid('body.expectedCurrent')],
  ['a version without patch', promote({ version: '1.0' }), { status: 422, code: 'VERSION_INVALID', named: '1.0' }],
  ['an empty version', promote({ version: '' }), invalid('body.version')],
  ['a version beyond any tag', promote({ version: '1'.repeat(129) }), invalid('body.version: longer than 128')],
  [
    'a version that is a path',
    promote({ version: '../1.0.0' }),
    { status: 422, code: 'VERSION_INVALID', named: '../1.0.0' },
  ],
  ['version and digest that disagree', promote({ version: '1.0.0', digest: noDigest }), invalid('1.0.0')],
  [
    'a digest that nobody has',
    promote({ digest: noDigest }),
    { status: 404, code: 'MANIFEST_UNKNOWN', named: noDigest },
  ],
  [
    'an expected digest that is not current',
    promote({ version: '1.0.0', expectedCurrent: noDigest }),
    { status: 409, code: 'EXPECTED_CURRENT_CHANGED', named: noDigest },
  ],
  ['no reason for a rollback', rollBack({}), invalid('body.reason')],
  ['an empty reason', rollBack({ reason: '' }), invalid('body.reason')],
  ['a reason beyond the limit', rollBack({ reason: 'x'.repeat(2001) }), invalid('body.reason: longer than 2000')],
  [
    'a target that is none',
    rollBack({ reason: 'x', to: 'yesterday' }),
    { status: 404, code: 'ROLLBACK_TARGET_UNKNOWN', named: 'yesterday' },
  ],
  [
    'a target before the first',
    rollBack({ reason: 'x', to: 'r0' }),
    { status: 404, code: 'ROLLBACK_TARGET_UNKNOWN', named: 'r0' },
  ],
  [
    'a target beyond every number',
    rollBack({ reason: 'x', to: 'r99999999999999999999' }),
    { status: 404, code: 'ROLLBACK_TARGET_UNKNOWN', named: 'r99999999999999999999' },
  ],
  ['a role that is none', { ...promote({ name: 'ci', role: 'root' }), path: tokens }, invalid('root')],
  ['a token name with a line break', { ...promote({ name: 'a\nb', role: 'viewer' }), path: tokens }, invalid('a\\nb')],
  [
    'an expiry that is past',
    { ...promote({ name: 'ci', role: 'viewer', expiresAt: '2001-01-01T00:00:00Z' }), path: tokens },
    invalid('2001-01-01'),
  ],
];

const tooLarge = JSON.stringify({ reason: 'x'.repeat(bodySizeBytesMax) });
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const chunked = { 'transfer-encoding': 'chunked', 'content-length': undefined };

const wrappings: readonly Case[] = [
  [
    'a body that is too large',
    promote(tooLarge),
    { status: 413, code: 'BODY_TOO_LARGE', named: String(tooLarge.length) },
  ],
  [
    'a body that is too large in chunks',
    { ...promote(`${tooLarge.length.toString(16)}\r\n${tooLarge}\r\n0\r\n\r\n`), headers: chunked },
    { status: 413, code: 'BODY_TOO_LARGE', named: 'too large' },
  ],
  [
    'a form',
    { ...promote('version=1.0.0'), headers: form },
    { status: 415, code: 'BODY_TYPE_UNSUPPORTED', named: form['content-type'] },
  ],
  [
    'plain text',
    { ...promote({}), headers: { 'content-type': 'text/plain' } },
    { status: 415, code: 'BODY_TYPE_UNSUPPORTED', named: 'text/plain' },
  ],
  [
    'no content type',
    { ...promote({}), headers: { 'content-type': undefined } },
    { status: 415, code: 'BODY_TYPE_UNSUPPORTED', named: 'application/json' },
  ],
  [
    'a body that breaks off',
    { ...promote('{}'), headers: { 'content-length': '9' }, breaksOff: true },
    invalid('HTTP'),
  ],
  ['both lengths', { ...promote('{}'), headers: { 'transfer-encoding': 'chunked' } }, invalid('HTTP')],
  ['an idempotency key with a blank', { ...promote({}), headers: { 'idempotency-key': 'a b' } }, invalid('a b')],
  ['an empty idempotency key', { ...promote({}), headers: { 'idempotency-key': '' } }, invalid('Idempotency-Key')],
  [
    'an idempotency key beyond the limit',
    { ...promote({}), headers: { 'idempotency-key': 'k'.repeat(129) } },
    invalid('kkkk'),
  ],
  ['two idempotency keys', { ...promote({}), headers: { 'idempotency-key': ['one', 'two'] } }, invalid('one, two')],
  ['a dry run in the query', { method: 'POST', path: `${promotions}?dryRun=true` }, invalid('query.dryRun')],
  ['an event id that is none', { path: '/api/v1/events?since=yesterday' }, invalid('yesterday')],
  ['a last event id that is none', { path: '/api/v1/events', headers: { 'last-event-id': '1-x' } }, invalid('1-x')],
];

const app = (name: string): RawRequest => ({ ...promote({}), path: promotions.replace('web', name) });
const environment = (name: string): RawRequest => ({ ...promote({}), path: promotions.replace('staging', name) });
const nowhere = (named: string): Refusal => ({ status: 404, code: 'NOT_FOUND', named });

const paths: readonly Case[] = [
  ['an unknown app', app('shop'), { status: 404, code: 'APP_UNKNOWN', named: 'shop' }],
  ['an unknown environment', environment('qa'), { status: 404, code: 'ENVIRONMENT_UNKNOWN', named: 'qa' }],
  [
    'an unknown promotion',
    { path: '/api/v1/promotions/p-0' },
    { status: 404, code: 'PROMOTION_UNKNOWN', named: 'p-0' },
  ],
  [
    'an unknown token',
    { method: 'DELETE', path: `${tokens}/nobody` },
    { status: 404, code: 'TOKEN_UNKNOWN', named: 'nobody' },
  ],
  ['an app in capitals', app('Web'), invalid('Web')],
  ['an app that climbs', app('..%2F..%2Fetc'), invalid('../../etc')],
  ['an app that is a parent', app('%2e%2e'), invalid('..')],
  ['an app with NUL', app('web%00'), invalid('web\\u0000')],
  ['an app with a line break', app('web%0d%0aHost:x'), invalid('web\\r\\nHost:x')],
  ['an app that cannot be decoded', app('%zz'), invalid('%zz')],
  ['an app in overlong UTF-8', app('%c0%ae%c0%ae'), invalid('%c0%ae')],
  ['an app beyond the limit', app('w'.repeat(601)), invalid('wwww')],
  ['an app without name', app(''), invalid('path.app')],
  ['an app with a slash', app('web/api'), nowhere('web/api')],
  ['an environment with a slash', environment('a%2Fb'), invalid('a/b')],
  [
    'a way up and down again',
    { ...promote({}), path: '/api/v1/apps/shop/../web/environments/staging/promotions' },
    nowhere('..'),
  ],
  ['a second slash', { path: `/${history}` }, nowhere('//api')],
  ['capitals', { path: '/API/v1/status' }, nowhere('/API/v1/status')],
  ['an id with NUL', { path: '/api/v1/promotions/%00' }, invalid('path.id')],
  ['a wrong method', { method: 'PUT', path: promotions }, { status: 405, code: 'METHOD_NOT_ALLOWED', named: 'PUT' }],
  ['a method that nobody knows', { method: 'PROMOTE', path: promotions }, invalid('HTTP')],
];

describe.each([
  { what: 'a body', cases: bodies },
  { what: 'a wrapping', cases: wrappings },
  { what: 'a path', cases: paths },
])('$what that is wrong is refused by name', ({ cases }) => {
  test.each(cases)('%s', async (_, request, refusal) => {
    expectRefusal(await send(request), refusal);
  });
});

test('a method that only looks is told by headers what is possible', async () => {
  const { status, headers, text } = await send({ method: 'HEAD', path: rollbacks });
  expect([status, headers.get('allow'), text]).toEqual([405, 'POST', '']);
});

test('the same request without its fault would have changed something', async () => {
  const { body } = await served.api('POST', promotions, { dryRun: true });
  expect(body['plan']).toMatchObject({ fromVersion: '1.1.0', toVersion: '1.2.0', decision: { allowed: true } });
});

describe('a caller that is nobody is refused before anything is read', () => {
  const nobody: Refusal = { status: 401, code: 'NOT_SIGNED_IN', named: 'not signed in' };

  test.each([
    ['no token', undefined],
    ['an empty one', 'Bearer '],
    ['another scheme', `Basic ${btoa('admin:admin')}`],
    ['garbage', 'Bearer rat_000000000000_garbage'],
    ['two words', 'Bearer a b'],
  ])('%s', async (_, authorization) => {
    const answer = await send({ ...promote('{"broken'), headers: { authorization } });
    expectRefusal(answer, nobody);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="registry-action"');
    expect(answer.text).not.toContain('garbage');
  });

  test('a token that was revoked, and one that expired', async () => {
    const make = (more: object) => served.api('POST', tokens, { name: 'ci', role: 'operator', ...more });
    const { body: revoked } = await make({});
    // Soon, but not before it has been made.
    const { body: expired } = await make({ expiresAt: new Date(Date.now() + 5_000).toISOString() });
    const removed = await send({ method: 'DELETE', path: `${tokens}/${revoked['id']}` });
    expect(removed.status).toBe(204);
    const as = (token: unknown) => ({ headers: { authorization: `Bearer ${token}` } });
    expectRefusal(await send({ ...promote({ version: '1.0.0' }), ...as(revoked['secret']) }), nobody);
    const late = await waitUntil('the token has expired', async () => {
      const answer = await send({ ...promote({ dryRun: true }), ...as(expired['secret']) });
      return answer.status === 200 ? undefined : answer;
    });
    expectRefusal(late, nobody);
    expectRefusal(await send({ ...promote({ version: '1.0.0' }), ...as(expired['secret']) }), nobody);
    await send({ method: 'DELETE', path: `${tokens}/${expired['id']}` });
  });

  test('a role that may not', async () => {
    const { body } = await served.api('POST', tokens, { name: 'reader', role: 'viewer' });
    const answer = await send({ ...promote({}), headers: { authorization: `Bearer ${body['secret']}` } });
    expectRefusal(answer, { status: 403, code: 'ACCESS_DENIED', named: 'reader' });
    await send({ method: 'DELETE', path: `${tokens}/${body['id']}` });
  });
});

describe('a Host that is not ours is refused, with a right token as well', () => {
  test.each([
    ['another name', 'evil.example'],
    ['ours at the beginning of another', '127.0.0.1.evil.example'],
    ['a user in front', 'evil@127.0.0.1'],
    ['none', undefined],
    ['an empty one', ''],
  ])('%s', async (_, host) => {
    const answer = await send({ ...promote({ version: '1.0.0' }), headers: { host } });
    expectRefusal(answer, { status: 421, code: 'HOST_REFUSED', named: host ?? '' });
  });
});

test('every refusal stands in the log, with its code, what was wrong and the way out', async () => {
  const told = ({ code, status, detail, wayOut, requestId }: Partial<Problem>) =>
    JSON.stringify([code, status, detail, wayOut, requestId ?? '']);
  const expected = refusals.map(told);
  expect(expected.length).toBeGreaterThan(60);
  await waitUntil('the log has them all', async () => {
    const lines = new Set(loggedLines(served).map(told));
    return expected.every((refusal) => lines.has(refusal));
  });
  expect(loggedLines(served).filter(({ code, level }) => code !== undefined && level !== 'info')).toEqual([]);
  expect(JSON.stringify(loggedLines(served))).not.toContain(served.token);
});
