/** GitHub's API, as far as replies to comments need it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GithubCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

export interface FakeGithub {
  /** As GITHUB_API_URL of a server of one's own. */
  readonly apiUrl: string;
  readonly calls: readonly GithubCall[];
  close(): Promise<void>;
}

/** An API on a free port that takes every comment, or answers all with the status; the test closes it. */
export async function openFakeGithub(status = 201): Promise<FakeGithub> {
  const calls: GithubCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const text = Buffer.concat(chunks).toString();
      calls.push({
        method,
        path,
        body: text === '' ? undefined : JSON.parse(text),
        authorization: headers.authorization,
      });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 1, html_url: 'https://github.example/acme/web/issues/12#issuecomment-1' }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/api/v3`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
