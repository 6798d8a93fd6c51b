/** GitHub's API as far as replies to comments of acme/app need it; what GitHub would refuse is refused. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StrictGithub {
  readonly apiUrl: string;
  /** Comments by the number of their issue, in order. */
  readonly comments: readonly { readonly issue: number; readonly body: string }[];
  /** Reactions by the id of their comment. */
  readonly reactions: readonly { readonly comment: number; readonly content: string }[];
  /** Requests that were refused, and why. */
  readonly refused: readonly string[];
  /** Forgets what was asked so far. */
  clear(): void;
  close(): Promise<void>;
}

/** Longest body of a comment, in characters. */
const bodyCharsMax = 65_536;

const contents = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'];

/** An API on a free port that takes the token; the test closes it. */
export async function openStrictGithub(token: string): Promise<StrictGithub> {
  const comments: { readonly issue: number; readonly body: string }[] = [];
  const reactions: { readonly comment: number; readonly content: string }[] = [];
  const refused: string[] = [];

  const answer = ({ method, url = '', headers }: IncomingMessage, body: Readonly<Record<string, unknown>>): number => {
    if (headers.authorization !== `token ${token}`) return 401;
    const [, issue] = /^\/api\/v3\/repos\/acme\/app\/issues\/(\d+)\/comments$/.exec(url) ?? [];
    const [, comment] = /^\/api\/v3\/repos\/acme\/app\/issues\/comments\/(\d+)\/reactions$/.exec(url) ?? [];
    if (method !== 'POST' || (issue === undefined && comment === undefined)) return 404;
    const { body: text, content, ...others } = body;
    if (Object.keys(others).length > 0) return 422;
    if (issue !== undefined) {
      if (typeof text !== 'string' || text === '' || text.length > bodyCharsMax || content !== undefined) return 422;
      comments.push({ issue: Number(issue), body: text });
      return 201;
    }
    if (typeof content !== 'string' || !contents.includes(content) || text !== undefined) return 422;
    reactions.push({ comment: Number(comment), content });
    return 201;
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = answer(request, JSON.parse(Buffer.concat(chunks).toString() || '{}'));
      if (status >= 400) refused.push(`${status} ${request.method} ${request.url}`);
      const made = { id: 1, html_url: 'https://github.com/acme/app/issues/12#issuecomment-1' };
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(status === 201 ? made : { message: 'refused' }));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/api/v3`,
    comments,
    reactions,
    refused,
    clear() {
      for (const list of [comments, reactions, refused]) list.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
