/** Whether a repository holds any tag, in one request. */
import { describe, expect, it } from 'vitest';
import { app, openTestClient } from './fixture.ts';
import { openTranscript } from './transcript.ts';

const request = 'GET /v2/team/app/tags/list?n=1';

async function isEmptyWhen(answer: { status: number; answer?: string }): Promise<boolean | undefined> {
  const server = await openTranscript([{ request, ...answer }]);
  return await openTestClient({ url: server.url }).repository(app).isEmpty?.();
}

describe('isEmpty', () => {
  it.each([
    ['a list without entries', 200, '{"name":"team/app","tags":[]}'],
    ['null for the list', 200, '{"name":"team/app","tags":null}'],
    ['a repository it does not know', 404, '{"errors":[{"code":"NAME_UNKNOWN"}]}'],
  ])('is true for %s', async (_, status, answer) => {
    expect(await isEmptyWhen({ status, answer })).toBe(true);
  });

  it.each([
    ['a tag', 200, '{"name":"team/app","tags":["1.0.0"]}'],
    ['an answer that is no list', 200, '<html></html>'],
    ['a 404 that may come from a proxy', 404, 'not found'],
    ['a refusal', 403, '{"errors":[{"code":"DENIED"}]}'],
  ])('is false for %s: then nothing is known', async (_, status, answer) => {
    expect(await isEmptyWhen({ status, answer })).toBe(false);
  });
});
