/** What a client asks of a budget, and what it tells it. */
import { describe, expect, it } from 'vitest';
import type { BudgetNews, RequestBudget } from '../../../../oci/client/wire/request-budget.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { app, blobOf, errorOf, openTestClient, streamOf, textOf } from '../fixture.ts';
import { openTranscript } from '../transcript.ts';

const { descriptor, bytes } = blobOf('a layer');
const path = `/v2/team/app/blobs/${descriptor.digest}`;

interface Recorded extends RequestBudget {
  readonly taken: string[];
  readonly noted: BudgetNews[];
}

/** A budget without bounds that records what it is asked and told. */
function recordingBudget(): Recorded {
  const taken: string[] = [];
  const noted: BudgetNews[] = [];
  return {
    taken,
    noted,
    take: async (requestClass, priority) => void taken.push(`${requestClass} ${priority}`),
    note: (news) => void noted.push(news),
  };
}

describe('a budget', () => {
  it('is asked for every request of the registry with its class and priority, and for none of storage', async () => {
    const storage = await openTranscript([{ request: 'GET /x', answer: bytes }]);
    const server = await openTranscript([
      { request: 'HEAD /v2/team/app/manifests/1.0', status: 404 },
      { request: `GET ${path}`, status: 307, headers: { location: `${storage.url}/x` } },
      { request: 'DELETE /v2/team/app/manifests/1.0', status: 202 },
    ]);
    const budget = recordingBudget();
    const client = openTestClient({ url: server.url, budget });
    await client.repository(app, { priority: 'production' }).resolve(parseTag('1.0'));
    await textOf(await client.repository(app).fetchBlob(descriptor));
    await client.repository(app, { priority: 'rollback' }).deleteTag?.(parseTag('1.0'));
    expect(budget.taken).toEqual(['manifest-read production', 'read rest', 'manifest-write rollback']);
  });

  it('is asked again for every attempt, and told how long the registry wants to be left alone', async () => {
    const server = await openTranscript([
      { request: `HEAD ${path}`, status: 429, headers: { 'retry-after': '7' } },
      { request: `HEAD ${path}`, status: 503 },
      { request: `HEAD ${path}` },
    ]);
    const budget = recordingBudget();
    await openTestClient({ url: server.url, budget }).repository(app).hasBlob(descriptor);
    expect(budget.taken).toHaveLength(3);
    expect(budget.noted).toEqual([{ pauseMs: 7_000 }]);
  });

  it('is told what Docker Hub says is left', async () => {
    const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' };
    const server = await openTranscript([{ request: `HEAD ${path}`, headers }]);
    const budget = recordingBudget();
    await openTestClient({ url: server.url, budget }).repository(app).hasBlob(descriptor);
    expect(budget.noted).toEqual([{ allowance: { remaining: 76, limit: 100 } }]);
  });

  it.each([{ 'ratelimit-limit': 'many', 'ratelimit-remaining': '76' }, { 'ratelimit-remaining': '-1' }, {}])(
    'is told nothing by %j',
    async (headers) => {
      const server = await openTranscript([{ request: `HEAD ${path}`, headers }]);
      const budget = recordingBudget();
      await openTestClient({ url: server.url, budget }).repository(app).hasBlob(descriptor);
      expect(budget.noted).toEqual([]);
    },
  );

  it('that is waited for when the caller gives up leaves no slot taken', async () => {
    const server = await openTranscript([{ request: `HEAD ${path}` }]);
    const reasons = [new Error('enough')];
    const budget = {
      ...recordingBudget(),
      take: async () => {
        const reason = reasons.pop();
        if (reason !== undefined) throw reason;
      },
    };
    const client = openTestClient({ url: server.url, budget, concurrency: { read: 1 } });
    expect((await errorOf(client.repository(app).hasBlob(descriptor))).message).toBe('enough');
    expect(await client.repository(app).hasBlob(descriptor)).toBe(true);
  });
});

it('an upload that a registry has sent elsewhere is not what it counts', async () => {
  const digest = encodeURIComponent(descriptor.digest);
  const storage = await openTranscript([{ request: `PUT /up?digest=${digest}`, status: 201 }]);
  const server = await openTranscript([
    { request: 'POST /v2/team/app/blobs/uploads/', status: 202, headers: { location: `${storage.url}/up` } },
  ]);
  const budget = recordingBudget();
  const repository = openTestClient({ url: server.url, budget }).repository(app);
  await repository.pushBlob(descriptor, async () => streamOf('a layer'));
  expect(budget.taken).toEqual(['write rest']);
});
