/** An issuer of identities on loopback: a description, keys made by jose, and tokens as GitHub's look. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';

/** The moment at which everything in these tests happens, in seconds, unless a test moves it. */
export const issuedAt = Date.UTC(2030, 0, 1) / 1000;

/** Who tokens are for unless a test says otherwise. */
export const testAudience = 'https://promote.acme.example';

export interface LocalIssuer {
  /** What its tokens say as iss. */
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** Public keys as they are published. */
  keys: readonly JWK[];
  /** Answers in its place, where it answers something. */
  answerWith: ((path: string, response: ServerResponse) => boolean) | undefined;
  /** Whether connections are cut without an answer. */
  isDown: boolean;
  /** A token of a workflow run in acme/web; claims that are undefined are left out. */
  token(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Signs with another key from now on; publishes it alone. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

/** What a run of a workflow in acme/web says of itself. */
export const githubClaims: Readonly<Record<string, unknown>> = {
  actor: 'octocat',
  actor_id: '12',
  base_ref: '',
  environment: 'production',
  event_name: 'workflow_dispatch',
  head_ref: '',
  job_workflow_ref: 'acme/web/.github/workflows/promote.yml@refs/heads/main',
  ref: 'refs/heads/main',
  ref_type: 'branch',
  repository: 'acme/web',
  repository_id: '456789',
  repository_owner: 'acme',
  repository_owner_id: '123456',
  repository_visibility: 'private',
  run_attempt: '2',
  run_id: '7391',
  run_number: '10',
  runner_environment: 'github-hosted',
  sub: 'repo:acme/web:environment:production',
  workflow: 'promote',
};

/** Opens an issuer; whoever opens it closes it. */
export async function openLocalIssuer(algorithm: 'ES256' | 'RS256' = 'ES256'): Promise<LocalIssuer> {
  let pair = await makeKey(algorithm, 1);
  let made = 1;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    issuer.asked.push(path);
    if (issuer.isDown) return void request.socket.destroy();
    if (issuer.answerWith?.(path, response) === true) return;
    const documents: Readonly<Record<string, unknown>> = {
      '/.well-known/openid-configuration': { issuer: issuer.url, jwks_uri: `${issuer.url}/.well-known/jwks` },
      '/.well-known/jwks': { keys: issuer.keys },
    };
    sendJson(response, documents[path]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const issuer: LocalIssuer = {
    url: `http://127.0.0.1:${port}`,
    asked: [],
    keys: [pair.published],
    answerWith: undefined,
    isDown: false,
    token: async (claims = {}, header = {}) => {
      const said: JWTPayload = {
        ...githubClaims,
        ...{ iss: issuer.url, aud: testAudience, jti: crypto.randomUUID() },
        ...{ iat: issuedAt, nbf: issuedAt - 300, exp: issuedAt + 300 },
        ...claims,
      };
      const kept = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
      const named = { alg: algorithm, kid: pair.published.kid, typ: 'JWT', ...header };
      const shown = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
      return await new SignJWT(kept).setProtectedHeader(shown as JWTHeaderParameters).sign(pair.privateKey);
    },
    rotate: async () => {
      made += 1;
      pair = await makeKey(algorithm, made);
      issuer.keys = [pair.published];
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}

/** Sends the document as JSON, or that there is none. */
export function sendJson(response: ServerResponse, document: unknown): void {
  response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(document === undefined ? '' : JSON.stringify(document));
}

async function makeKey(algorithm: string, number: number) {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const published = { ...(await exportJWK(publicKey)), kid: `key-${number}`, alg: algorithm, use: 'sig' };
  return { privateKey, published };
}
