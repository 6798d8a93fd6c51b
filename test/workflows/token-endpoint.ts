/** The endpoint where a runner of GitHub gives out tokens, in front of a local issuer: act has none. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalIssuer } from '../identity/local-issuer.ts';

export interface TokenEndpoint {
  /** Variables of a job that may ask for tokens. */
  readonly env: Readonly<Record<string, string>>;
  /** Audiences that were asked for. */
  readonly audiences: readonly string[];
  /** What the next tokens say of their run: what GitHub knows and act does not. */
  claims: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Tokens for this moment, by the issuer, for whoever shows the secret of the job; the test closes it. */
export async function openTokenEndpoint(issuer: LocalIssuer): Promise<TokenEndpoint> {
  const secret = 'token-of-the-request';
  const audiences: string[] = [];
  const server = createServer(async (request, response) => {
    const audience = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('audience');
    if (request.headers.authorization !== `Bearer ${secret}` || audience === null) {
      response.writeHead(401).end('{}');
      return;
    }
    audiences.push(audience);
    const seconds = Math.floor(Date.now() / 1000);
    const times = { iat: seconds, nbf: seconds, exp: seconds + 300 };
    const value = await issuer.token({ aud: audience, ...times, ...endpoint.claims });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ value }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const endpoint: TokenEndpoint = {
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
    },
    audiences,
    claims: {},
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return endpoint;
}
