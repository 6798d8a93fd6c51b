/** What the command line makes of the embedded registry's refusals. */
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openRegistryAdmin } from '../../../api/client/registry-admin.ts';

let server: Server;
let answer: { readonly status: number; readonly text: string };

beforeEach(async () => {
  server = createServer((_request, response) => {
    response.writeHead(answer.status);
    response.end(answer.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => server.close());

async function ask(): Promise<unknown> {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const admin = openRegistryAdmin({ url: `http://127.0.0.1:${port}`, token: undefined, env: {} });
  const asked = { method: 'POST', path: '/admin/v1/collections', schema: z.object({}) } as const;
  return admin.request(asked).finally(() => admin.close());
}

function refusalOf(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}

describe('a refusal', () => {
  test.each([
    [507, refusalOf('UNKNOWN', 'the registry has no space left'), 'REGISTRY_REFUSED', /507: the registry has no space/],
    [429, refusalOf('TOOMANYREQUESTS', 'come back later'), 'REGISTRY_REFUSED', /429: come back later/],
    [403, refusalOf('DENIED', 'ada may not collect'), 'ACCESS_DENIED', /^ada may not collect$/],
    [409, refusalOf('COLLECTION_UNSAFE', 'a tag cannot be read'), 'COLLECTION_UNSAFE', /^a tag cannot be read$/],
    [404, refusalOf('NAME_UNKNOWN', 'another registry'), 'SERVICE_ANSWER_INVALID', /NAME_UNKNOWN: another registry/],
    [502, '<html>', 'SERVICE_ANSWER_INVALID', /status 502/],
  ])('of %i with %s is %s', async (status, text, code, message) => {
    answer = { status, text };
    await expect(ask()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
