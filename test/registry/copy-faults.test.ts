/** A copy while something goes wrong: it ends in a right copy, or in a clear error with nothing to be seen at the target. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { copy } from '../../oci/copy/copy.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { casesOf, expectAllSurvived, expectOneSurvived } from './copy-fault-case.ts';
import { app, blobs, type CopyWorld, expectWhole, openCopyWorld, tag } from './copy-world.ts';
import type { Fault } from './fault.ts';

let world: CopyWorld;

beforeAll(async () => {
  world = await openCopyWorld();
});

afterAll(() => world?.close());

afterEach(() => world.calm());

const byteClasses = ['none', 'some', 'all but one'] as const;

const cuts: readonly Fault[] = [
  ...byteClasses.flatMap((after): Fault[] => [
    { kind: 'cut request', after },
    { kind: 'cut answer', after, isOrderly: false },
    { kind: 'cut answer', after, isOrderly: true },
  ]),
  { kind: 'cut head', within: 'status line' },
  { kind: 'cut head', within: 'headers' },
  { kind: 'lose answer' },
];
const answers: readonly Fault[] = [
  { kind: 'answer', status: 500 },
  { kind: 'answer', status: 503, headers: { 'retry-after': '1' } },
  { kind: 'answer', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'answer', status: 429, headers: { 'retry-after': new Date(Date.now() + 1_000).toUTCString() } },
  { kind: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="again"' } },
  { kind: 'answer', status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' },
  { kind: 'answer', status: 403, body: '<html>not you</html>', headers: { 'content-type': 'text/html' } },
  { kind: 'answer', status: 200, body: 'hello', headers: { 'content-type': 'text/plain' } },
];
const wrongAnswers: readonly Fault[] = [
  { kind: 'corrupt answer' },
  { kind: 'resize answer', by: -1 },
  { kind: 'resize answer', by: 1 },
];

const cases = [
  ...['GET manifest', 'GET blob'].flatMap((on) =>
    casesOf({ side: 'source', on }, [...cuts, ...answers, ...wrongAnswers]),
  ),
  // For its tag and for whether it holds anything, a target is asked once.
  ...['HEAD manifest', 'GET tags'].flatMap((on) => casesOf({ side: 'target', on, nth: 1 }, [...cuts, ...answers])),
  ...['POST blob', 'PUT blob', 'PUT manifest'].flatMap((on) => casesOf({ side: 'target', on }, [...cuts, ...answers])),
];

describe('a copy ends right, or in a clear error with no tag at the target, when', () => {
  it.each(cases)('the $side breaks one $on: $name', (faultCase) => expectOneSurvived(world, faultCase));

  it.each(cases)('the $side breaks every $on: $name', (faultCase) => expectAllSurvived(world, faultCase));
});

const silence: Fault = { kind: 'stall', after: 'headers' };
const stalls: readonly Fault[] = [silence, ...byteClasses.map((after) => ({ kind: 'stall', after }) as const)];

describe('a copy that waits for a registry that stands still ends right, or in a clear error with no tag, when', () => {
  it.each([
    ...casesOf({ side: 'source', on: 'GET manifest' }, stalls),
    ...casesOf({ side: 'source', on: 'GET blob' }, stalls),
    ...casesOf({ side: 'target', on: 'HEAD manifest', nth: 1 }, [silence]),
    ...casesOf({ side: 'target', on: 'GET tags', nth: 1 }, stalls),
    ...casesOf({ side: 'target', on: 'POST blob' }, [silence]),
    ...casesOf({ side: 'target', on: 'PUT blob' }, [silence, { kind: 'stop reading' }]),
    ...casesOf({ side: 'target', on: 'PUT manifest' }, [silence, { kind: 'stop reading' }]),
  ])('the $side does so at one $on: $name', (faultCase) => expectOneSurvived(world, faultCase));
});

describe('a copy', () => {
  it.each([
    ['', {}],
    [', read in bulk,', { bulkSizeBytesMin: 0 }],
  ])('whose source breaks off in a blob%s goes on where it was, inside the same upload', async (_, bulk) => {
    const { source, target } = world;
    target.proxy.plan();
    source.proxy.plan({
      on: 'GET blob',
      nth: 1,
      times: 3,
      fault: { kind: 'cut answer', after: 'some', isOrderly: false },
    });
    await world.expectRight(await world.copyAfresh(bulk));
    expect(source.proxy.counts()['GET blob']).toEqual({ came: blobs.length + 3, struck: 3 });
    expect(target.proxy.counts()).toMatchObject({
      'POST blob': { came: blobs.length },
      'PUT blob': { came: blobs.length },
    });
  });

  it('fails with what was found when a blob at the source is another', async () => {
    const corrupt: Fault = { kind: 'corrupt answer' };
    world.source.proxy.plan({ on: 'GET blob', nth: 1, times: Number.POSITIVE_INFINITY, fault: corrupt });
    expect((await world.copyAfresh()).error).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('that is cancelled leaves no tag, and a repeat completes it', async () => {
    const there = world.target.direct.repository(parseRepositoryName('production/cancelled'));
    const from = world.source.direct.repository(app);
    const stop = new AbortController();
    const copying = copy(from, tag, there, [tag], {
      signal: stop.signal,
      onEvent: ({ kind }) => {
        if (kind === 'progressed') stop.abort(new Error('cancelled on purpose'));
      },
    });
    await expect(copying).rejects.toThrow('cancelled on purpose');
    expect(await Array.fromAsync(there.listTags())).toEqual([]);
    await copy(from, tag, there, [tag]);
    await expectWhole(there);
  });
});
