/** The token endpoint of a runner: a token for whoever asks with the job's own, one after another. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeIdentity {
  /** Variables of a job that may ask for tokens. */
  readonly env: Readonly<Record<string, string>>;
  /** Audiences that were asked for. */
  readonly audiences: readonly string[];
  close(): Promise<void>;
}

/** An endpoint on a free port that gives the token; the test closes it. */
export async function openFakeIdentity(token: string): Promise<FakeIdentity> {
  const requestToken = 'token-of-the-request';
  const audiences: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (request.headers.authorization !== `Bearer ${requestToken}`) {
      response.writeHead(401).end('{}');
      return;
    }
    audiences.push(url.searchParams.get('audience') ?? '');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ value: token }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    audiences,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
