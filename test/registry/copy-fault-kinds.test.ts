/** Requests that only some copies make, while something goes wrong with them; and bytes that others arrive as at the target. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { casesOf, expectAllSurvived, expectOneSurvived, type FaultCase } from './copy-fault-case.ts';
import { type CopyWay, type CopyWorld, openCopyWorld } from './copy-world.ts';
import type { Fault } from './fault.ts';
import type { FaultPlan } from './fault-proxy.ts';

const worlds = new Map<'passwords' | 'tokens', CopyWorld>();

beforeAll(async () => {
  for (const signIn of ['passwords', 'tokens'] as const) worlds.set(signIn, await openCopyWorld(signIn));
});

afterAll(async () => {
  for (const world of worlds.values()) await world.close();
});

afterEach(() => {
  for (const world of worlds.values()) world.calm();
});

/** The world in which such requests are made. */
function worldFor({ on }: Pick<FaultCase, 'on'>): CopyWorld {
  const world = worlds.get(on === 'GET sign-in' ? 'tokens' : 'passwords');
  if (world === undefined) throw new Error('it was opened');
  return world;
}

const silence: Fault = { kind: 'stall', after: 'headers' };
const cuts: readonly Fault[] = [
  { kind: 'cut request', after: 'none' },
  { kind: 'cut head', within: 'status line' },
  { kind: 'cut head', within: 'headers' },
  { kind: 'lose answer' },
  silence,
];
const requestCuts: readonly Fault[] = [
  { kind: 'cut request', after: 'some' },
  { kind: 'cut request', after: 'all but one' },
];
const answerCuts: readonly Fault[] = [
  { kind: 'cut answer', after: 'none', isOrderly: true },
  { kind: 'cut answer', after: 'some', isOrderly: false },
  { kind: 'cut answer', after: 'all but one', isOrderly: true },
];
const answers: readonly Fault[] = [
  { kind: 'answer', status: 500 },
  { kind: 'answer', status: 503, headers: { 'retry-after': '1' } },
  { kind: 'answer', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="again"' } },
  { kind: 'answer', status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' },
  { kind: 'answer', status: 403, body: '<html>not you</html>', headers: { 'content-type': 'text/html' } },
  { kind: 'answer', status: 200, body: 'hello', headers: { 'content-type': 'text/plain' } },
];

const inChunks: CopyWay = { quirks: { uploadWays: ['chunks'], chunkSizeBytes: 256 * 1024 } };
const lastInPut: CopyWay = { quirks: { ...inChunks.quirks, lastChunk: 'in-put' } };
const inOnePatch: CopyWay = { quirks: { uploadWays: ['patch'] } };
const intoHeld: CopyWay = { into: 'a held repository' };
const withinRegistry: CopyWay = { into: 'the same registry' };
const signed: CopyWay = { withReferrers: true };
const noReferrersApi: FaultPlan = {
  on: 'GET referrers',
  nth: 1,
  times: Number.POSITIVE_INFINITY,
  fault: { kind: 'answer', status: 404, body: '404 page not found' },
};

interface Place extends Omit<FaultCase, 'fault'> {
  /** What tells it from another request of the kind. */
  readonly called?: string;
}

const places: readonly (readonly [Place, readonly Fault[]])[] = [
  [{ side: 'target', on: 'HEAD blob', nth: 1, way: intoHeld }, []],
  [{ side: 'target', on: 'POST mount', way: withinRegistry }, []],
  [{ side: 'target', on: 'PATCH blob', way: inChunks }, requestCuts],
  [{ side: 'target', on: 'PATCH blob', way: inOnePatch, called: 'with all of a blob' }, requestCuts],
  [{ side: 'target', on: 'PUT blob', way: lastInPut, called: 'with the last chunk' }, requestCuts],
  [{ side: 'source', on: 'GET referrers', nth: 1, way: signed }, answerCuts],
  [{ side: 'target', on: 'GET referrers', nth: 1, way: signed }, []],
  [
    {
      side: 'target',
      on: 'PUT manifest',
      path: /\/manifests\/sha256-/,
      nth: 1,
      way: signed,
      besides: [noReferrersApi],
      called: 'with the list of referrers',
    },
    requestCuts,
  ],
  [{ side: 'source', on: 'GET sign-in', nth: 1 }, answerCuts],
  [{ side: 'target', on: 'GET sign-in', nth: 1 }, answerCuts],
];

const cases = places.flatMap(([{ called, ...place }, besides]) =>
  casesOf(place, [...cuts, ...besides, ...answers]).map((one) => ({
    ...one,
    request: [one.on, called].join(' ').trim(),
  })),
);
/** What goes on for ever is met alike by all that may pass, and by all that is final. */
const lastingStatuses: readonly number[] = [403, 404, 429];
const lasting = cases.filter(({ fault }) =>
  fault.kind === 'answer' ? lastingStatuses.includes(fault.status) : fault.kind === 'lose answer',
);

describe('a copy ends right, or in a clear error with no tag at the target, when', () => {
  it.each(cases)('the $side breaks one $request: $name', (one) => expectOneSurvived(worldFor(one), one));

  it.each(lasting)('the $side breaks every $request: $name', (one) => expectAllSurvived(worldFor(one), one));
});

const wrongDigest: Fault = {
  kind: 'change headers',
  headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
};
const wrongBytes: readonly Fault[] = [
  { kind: 'corrupt request' },
  { kind: 'resize request', by: -1 },
  { kind: 'resize request', by: 1 },
];
const wrongCases = [
  ...casesOf({ side: 'target', on: 'PUT blob' }, [...wrongBytes, wrongDigest]),
  ...casesOf({ side: 'target', on: 'PATCH blob', way: inChunks }, wrongBytes),
  ...casesOf({ side: 'target', on: 'PUT manifest' }, [...wrongBytes, wrongDigest]),
  ...casesOf({ side: 'target', on: 'HEAD manifest', nth: 1 }, [wrongDigest]),
  ...casesOf({ side: 'target', on: 'HEAD blob', nth: 1, way: intoHeld }, [wrongDigest]),
  ...casesOf({ side: 'target', on: 'POST mount', way: withinRegistry }, [wrongDigest]),
];

describe('a copy of which something else arrives, or is said to, ends right or in a clear error with no tag, when', () => {
  it.each(wrongCases)('that happens to one $on: $name', (one) => expectOneSurvived(worldFor(one), one));

  it.each(wrongCases)('that happens to every $on: $name', (one) => expectAllSurvived(worldFor(one), one));

  it.each(['PUT blob', 'PUT manifest'])('the target says of every %s that it stored other bytes', async (on) => {
    const world = worldFor({ on });
    world.target.proxy.plan({ on, nth: 1, times: Number.POSITIVE_INFINITY, fault: wrongDigest });
    expect((await world.copyAfresh()).error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });
});

describe('a chunk whose answer is lost', () => {
  it('is not sent again, nor is any other: the registry is asked where it stands', async () => {
    const { target, ...world } = worldFor({ on: 'PATCH blob' });
    target.proxy.plan({ on: 'PATCH blob', nth: 2, times: 1, fault: { kind: 'lose answer' } });
    await world.expectRight(await world.copyAfresh(inChunks));
    // Two layers of 600 000 bytes in three chunks each, two smaller ones and two configurations in one.
    expect(target.proxy.counts()).toMatchObject({
      'POST blob': { came: 6 },
      'PATCH blob': { came: 10, struck: 1 },
      'GET blob': { came: 1 },
      'PUT blob': { came: 6 },
    });
  });
});
