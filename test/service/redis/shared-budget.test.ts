/** Worker processes that share the budget of an account through Redis, counted at the registry. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { connectRedis } from '../../../service/redis/connection.ts';
import { listen } from '../../oci/client/transcript.ts';
import { openScratchRedis, type ScratchRedis } from './scratch-redis.ts';

const run = promisify(execFile);
let redis: ScratchRedis;

beforeAll(async () => {
  redis = await openScratchRedis();
});

beforeEach(async () => {
  const connection = await connectRedis(redis.url, 'producer', { timeoutMs: 10_000 });
  await connection.flushall();
  connection.disconnect();
});

afterAll(() => redis?.close());

/** A registry that lets in who has a password, answers nobody before two have come, and counts every request. */
async function openCounting() {
  const counts = { strangers: 0, ann: 0, bob: 0 };
  const bothCame = Promise.withResolvers<void>();
  const server = createServer(async ({ headers }, response) => {
    const user = userIn(headers.authorization);
    counts[user] += 1;
    if (user !== 'strangers') return void response.writeHead(404).end();
    if (counts.strangers === 2) bothCame.resolve();
    await bothCame.promise;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  });
  const { port } = await listen(server);
  onTestFinished(() => void server.close());
  return { host: `127.0.0.1:${port}`, counts };
}

function userIn(authorization = ''): 'strangers' | 'ann' | 'bob' {
  const [user] = Buffer.from(authorization.slice('Basic '.length), 'base64').toString().split(':');
  return user === 'ann' || user === 'bob' ? user : 'strangers';
}

/** Asks as the user until the budget is spent; how often that was. */
async function spendAs(user: string, host: string): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'budget-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const auths = { [host]: { auth: Buffer.from(`${user}:secret`).toString('base64') } };
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths }));
  const program = join(import.meta.dirname, 'budget-worker', 'main.ts');
  const { stdout } = await run(process.execPath, [program, redis.url, `http://${host}`], {
    env: { ...process.env, DOCKER_CONFIG: directory, REGISTRY_AUTH_FILE: '' },
  });
  return JSON.parse(stdout).asked;
}

it('two processes that are signed in as one user ask a registry together as often as one may', async () => {
  const { host, counts } = await openCounting();
  const asked = await Promise.all([spendAs('ann', host), spendAs('ann', host)]);
  // Each is turned away once, before it has shown its password.
  expect(counts).toEqual({ strangers: 2, ann: 8, bob: 0 });
  expect(asked.reduce((sum, one) => sum + one, 0)).toBe(8);
});

it('processes that are signed in as two users have a budget each', async () => {
  const { host, counts } = await openCounting();
  await Promise.all([spendAs('ann', host), spendAs('bob', host)]);
  expect(counts).toEqual({ strangers: 2, ann: 9, bob: 9 });
});
