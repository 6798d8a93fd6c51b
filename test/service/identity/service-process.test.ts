/** The API as a process with issuers and rules in its configuration: what it lets in, and what it logs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { whoamiSchema } from '../../../api/whoami.ts';
import { type LocalIssuer, openLocalIssuer, testAudience } from '../../identity/local-issuer.ts';
import { isAlive } from '../process/processes.ts';
import { openScratchRedis, type ScratchRedis } from '../redis/scratch-redis.ts';

const entry = fileURLToPath(new URL('../../../service/main.ts', import.meta.url));
let directory: string;
let redis: ScratchRedis;
let issuer: LocalIssuer;
const pids: number[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'identity-process-'));
  redis = await openScratchRedis();
  issuer = await openLocalIssuer();
});
afterAll(async () => {
  for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  await issuer.close();
  await redis.close();
  await rm(directory, { recursive: true });
});

/** Starts the API with the issuer's entry as written; resolves with its address, or with its exit code. */
async function startApi(entryOfIssuer: string) {
  const configFile = join(directory, 'registry-action.yaml');
  await writeFile(
    configFile,
    `
registries: { hub: { url: localhost:1 } }
apps: { web: { repository: acme/web } }
environments: { dev: { registry: hub, repository: "{repository}" } }
identity: { issuers: { github: ${entryOfIssuer} } }
access: [{ who: { repository: acme/web, repositoryId: 456789, ownerId: 123456 }, may: [promote], in: [dev] }]
`,
  );
  const api = spawn(process.execPath, [entry, 'api'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      REGISTRY_ACTION_DATA: directory,
      REGISTRY_ACTION_API_PORT: '0',
      REGISTRY_ACTION_LOG_LEVEL: 'trace',
      REGISTRY_ACTION_CONFIG: configFile,
      REDIS_URL: redis.url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  pids.push(api.pid ?? 0);
  const log: string[] = [];
  createInterface({ input: api.stderr }).on('line', (line) => log.push(line));
  const gone = once(api, 'close').then(([code]) => ({ code: Number(code), url: '' }));
  const listening = once(createInterface({ input: api.stdout }), 'line');
  const started = await Promise.race([
    gone,
    listening.then(async ([line]) => {
      const said: { readonly listening?: string } = JSON.parse(String(line));
      return said.listening === undefined ? await gone : { code: undefined, url: said.listening };
    }),
  ]);
  return { ...started, log, api, gone };
}

/** A token for now: the process has the clock of this machine. */
async function freshToken(claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  return await issuer.token({ iat: seconds, nbf: seconds, exp: seconds + 300, ...claims });
}

async function whoami(url: string, token: string): Promise<Response> {
  return await fetch(`${url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
}

test('it believes the issuer that its configuration names, and logs who came, never with what', async () => {
  const { url, log, api, gone } = await startApi(`{ issuer: "${issuer.url}", audience: "${testAudience}" }`);
  const token = await freshToken();
  const answer = await whoami(url, token);
  expect(answer.status).toBe(200);
  expect(whoamiSchema.parse(await answer.json())).toMatchObject({
    actor: 'github:acme/web',
    grants: [{ may: ['read'] }, { may: ['promote'], environments: ['dev'] }],
  });
  const wrong = await freshToken({ aud: 'other' });
  expect((await whoami(url, wrong)).status).toBe(401);
  expect((await whoami(url, await freshToken({ repository_id: '1' }))).status).toBe(403);
  api.kill('SIGTERM');
  expect((await gone).code).toBe(0);
  const told = log.join('\n');
  expect(told).toContain('github:acme/web by octocat (promote.yml, run 7391.2)');
  expect(told).toContain('keys of an issuer read');
  expect(told).toContain('IDENTITY_TOKEN_REFUSED');
  for (const part of [...token.split('.'), ...wrong.split('.')]) expect(told).not.toContain(part.slice(0, 32));
});

test('it takes keys from a file, and then never asks the issuer', async () => {
  await writeFile(join(directory, 'keys.json'), JSON.stringify({ keys: issuer.keys }));
  issuer.asked.length = 0;
  const { url, api, gone } = await startApi(
    `{ issuer: "${issuer.url}", audience: "${testAudience}", jwks: { file: keys.json } }`,
  );
  expect((await whoami(url, await freshToken())).status).toBe(200);
  expect(issuer.asked).toEqual([]);
  api.kill('SIGTERM');
  await gone;
});

test('it does not start with a file of keys that is not there', async () => {
  const { code, log } = await startApi(
    `{ issuer: "${issuer.url}", audience: "${testAudience}", jwks: { file: missing.json } }`,
  );
  expect(code).toBe(2);
  expect(log.join('\n')).toContain('missing.json');
});
