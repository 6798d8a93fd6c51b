/** Redirects, followed by hand. */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../../oci/client/wire/answer.ts';
import { sendFollowing } from '../../../../oci/client/wire/redirect.ts';
import type { Method, TransportRequest } from '../../../../oci/client/wire/transport.ts';
import { errorOf } from '../fixture.ts';

const asked = { operation: 'fetch', subject: 'registry.example/team/app' };

interface Hop {
  readonly status: number;
  readonly location?: string;
}

/** Follows through the hops, whose last is the answer; tells what was requested. */
async function follow(
  hops: readonly Hop[],
  init: { readonly method?: Method; readonly url?: string; readonly body?: TransportRequest['body'] } = {},
): Promise<{ status: number; requests: readonly TransportRequest[] }> {
  const { method = 'GET', url = 'https://registry.example/v2/', body } = init;
  const requests: TransportRequest[] = [];
  const send = async (request: TransportRequest): Promise<Answer> => {
    const hop = hops[requests.length];
    requests.push(request);
    return answerOf(hop ?? { status: 599 }, request.url);
  };
  const headers = { authorization: 'Bearer t', accept: 'x' };
  const first = { method, url: new URL(url), headers, answerMs: 1, ...(body === undefined ? {} : { body }) };
  const { status } = await sendFollowing(send, first, asked);
  return { status, requests };
}

function answerOf({ status, location }: Hop, url: URL): Answer {
  return {
    status,
    url,
    header: (name) => (name === 'location' ? location : undefined),
    readBytes: async () => undefined,
    async *take() {},
    discard: async () => {},
    ended: Promise.resolve('whole'),
  };
}

describe('sendFollowing', () => {
  it('gives back what is no redirect', async () => {
    expect((await follow([{ status: 304, location: '/x' }])).status).toBe(304);
  });

  it('keeps the authorization within the origin', async () => {
    const { requests } = await follow([{ status: 302, location: '/moved?x=1' }, { status: 200 }]);
    expect(requests[1]?.url.href).toBe('https://registry.example/moved?x=1');
    expect(requests[1]?.headers['authorization']).toBe('Bearer t');
  });

  it.each(['https://storage.example/x', 'https://registry.example:8443/x', 'https://sub.registry.example/x'])(
    'drops the authorization on the way to %s, and nothing else',
    async (location) => {
      const { requests } = await follow([{ status: 307, location }, { status: 200 }]);
      expect(requests[1]?.headers).toEqual({ accept: 'x' });
    },
  );

  it('does not take the authorization up again on the way back', async () => {
    const { requests } = await follow([
      { status: 307, location: 'https://storage.example/x' },
      { status: 307, location: 'https://registry.example/y' },
      { status: 200 },
    ]);
    expect(requests[2]?.headers['authorization']).toBeUndefined();
  });

  it('upgrades to https', async () => {
    const hops = [{ status: 301, location: 'https://registry.example/v2/' }, { status: 200 }];
    const { requests } = await follow(hops, { url: 'http://registry.example/v2/' });
    expect(requests[1]?.headers['authorization']).toBeUndefined();
  });

  it.each([
    ['to plain http', 'http://registry.example/x'],
    ['to a private address', 'https://10.0.0.8/x'],
    ['to this machine', 'https://localhost/x'],
    ['to what hands out credentials of the machine', 'https://169.254.169.254/latest'],
    ['to an address in disguise', 'https://0x7f.1/x'],
    ['to another protocol', 'ftp://registry.example/x'],
    ['to nowhere', 'https://['],
  ])('refuses to go %s', async (_, location) => {
    const error = await errorOf(follow([{ status: 307, location }, { status: 200 }]));
    expect(error).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
  });

  it('refuses a redirect that says nothing', async () => {
    expect(await errorOf(follow([{ status: 307 }]))).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
  });

  it('follows five, and no more', async () => {
    const hops = Array.from({ length: 5 }, (_, at) => ({ status: 302, location: `/${at}` }));
    expect((await follow([...hops, { status: 200 }])).status).toBe(200);
    const error = await errorOf(follow([...hops, { status: 302, location: '/6' }, { status: 200 }]));
    expect(error).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
  });

  it('sends what has a body again only where the method is kept', async () => {
    const body = Buffer.from('{}');
    const kept = await follow([{ status: 307, location: '/x' }, { status: 201 }], { method: 'PUT', body });
    expect(kept).toMatchObject({ status: 201, requests: [{}, { method: 'PUT', body }] });
    expect((await follow([{ status: 302, location: '/x' }], { method: 'PUT', body })).status).toBe(302);
  });
});
