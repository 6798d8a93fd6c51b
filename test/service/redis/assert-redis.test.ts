import { afterEach, expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { assertRedis, type RedisWarning, redisSchemaKey } from '../../../service/redis/assert-redis.ts';
import { connectRedis } from '../../../service/redis/connection.ts';
import { openScratchRedis, type ScratchRedis } from './scratch-redis.ts';

const scratch: ScratchRedis[] = [];

afterEach(async () => {
  await Promise.all(scratch.splice(0).map((redis) => redis.close()));
});

interface Verdict {
  readonly refusal: CodedError | undefined;
  readonly warnings: readonly string[];
  readonly schema: string | null;
}

/** What becomes of a server with these configuration lines; `prepare` runs before the assertion. */
async function verdictOn(
  lines: readonly string[],
  options: { readonly credentials?: string; readonly prepare?: readonly [string, ...string[]] } = {},
): Promise<Verdict & { readonly server: ScratchRedis }> {
  const server = await openScratchRedis(lines, options.credentials);
  scratch.push(server);
  const redis = await connectRedis(server.url, 'producer');
  const [command, ...parameters] = options.prepare ?? ['PING'];
  await redis.call(command, ...parameters);
  const warnings: RedisWarning[] = [];
  const outcome = await assertRedis(redis, server.url, (warning) => warnings.push(warning)).catch((error) => error);
  if (outcome !== undefined && !(outcome instanceof CodedError)) throw outcome;
  const schema = await redis.get(redisSchemaKey);
  redis.disconnect();
  return { server, refusal: outcome, warnings: warnings.map(({ kind }) => kind), schema };
}

test('a fit Redis is accepted and its keyspace marked with our schema', async () => {
  expect(await verdictOn([])).toMatchObject({ refusal: undefined, warnings: [], schema: '1' });
});

test('a Redis that may throw keys away is refused with the command that corrects it', async () => {
  const { refusal, server, schema } = await verdictOn(['maxmemory-policy allkeys-lru', 'maxmemory 100mb']);
  expect(refusal?.code).toBe('REDIS_POLICY');
  expect(refusal?.message).toContain('allkeys-lru');
  expect(refusal?.wayOut).toContain(`redis-cli -h 127.0.0.1 -p ${server.port} CONFIG SET maxmemory-policy noeviction`);
  expect(schema).toBeNull();
});

test('the correcting command asks for the password instead of showing it', async () => {
  const { refusal } = await verdictOn(['maxmemory-policy volatile-ttl', 'requirepass s3cr3t'], {
    credentials: ':s3cr3t@',
  });
  expect(refusal?.wayOut).toContain('--askpass');
  expect(`${refusal?.message} ${refusal?.wayOut}`).not.toContain('s3cr3t');
});

test('a managed Redis that refuses CONFIG is judged by INFO', async () => {
  expect(await verdictOn(['rename-command CONFIG ""'])).toMatchObject({ refusal: undefined, warnings: [] });
  const wrong = await verdictOn(['rename-command CONFIG ""', 'maxmemory-policy allkeys-lru']);
  expect(wrong.refusal?.code).toBe('REDIS_POLICY');
});

test('a Redis that tells nothing about itself is accepted with warnings', async () => {
  const quiet = ['user default on nopass ~* &* +@all -info -config'];
  expect(await verdictOn(quiet)).toMatchObject({
    refusal: undefined,
    warnings: ['version-unknown', 'policy-unknown'],
    schema: '1',
  });
});

test.each(['2', '999', 'nonsense'])('a keyspace marked with schema %s is refused, naming both', async (schema) => {
  const { refusal, schema: kept } = await verdictOn([], { prepare: ['SET', redisSchemaKey, schema] });
  expect(refusal?.code).toBe('REDIS_SCHEMA_NEWER');
  expect(refusal?.fields).toEqual({ found: schema, written: 1 });
  expect(kept).toBe(schema);
});

test('a replica is refused, since it takes no changes', async () => {
  const { refusal } = await verdictOn(['replicaof 127.0.0.1 1']);
  expect(refusal?.code).toBe('REDIS_URL_INVALID');
  expect(refusal?.wayOut).toContain('primary');
});

test('a user who may not write is refused', async () => {
  expect((await verdictOn(['user default on nopass ~* &* +@all -set'])).refusal?.code).toBe('REDIS_DENIED');
});

test('accepting a Redis twice changes nothing', async () => {
  expect(await verdictOn([], { prepare: ['SET', redisSchemaKey, '1'] })).toMatchObject({
    refusal: undefined,
    schema: '1',
  });
});
