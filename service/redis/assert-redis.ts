/** The rules a Redis must keep before we store anything in it. */
import type { Redis } from 'ioredis';
import { AccessError, ConflictError, InputError } from '../../errors/errors.ts';
import { parseRedisUrl } from './connection.ts';
import { parseServerInfo, type ServerInfo } from './server-info.ts';

/** Version of the layout of our keys; raised when an older program could no longer read them. */
export const redisSchema = 1;

/** The key that holds the layout's version. */
export const redisSchemaKey = 'ra:schema';

/** Oldest Redis we start on: older ones lack commands that the lanes' scripts and BullMQ rely on. */
export const redisVersionMin = { major: 6, minor: 2 } as const;

/** Something about this Redis that could not be found out, or is worth a look. */
export type RedisWarning =
  | { readonly kind: 'policy-unknown'; readonly reason: string }
  | { readonly kind: 'version-unknown'; readonly reason: string };

/**
 * Refuses a Redis that could lose or misread what we store; an empty keyspace is marked as ours. Repeating it changes nothing.
 *
 * What a managed Redis does not tell (it may refuse CONFIG and INFO) is a warning, not a refusal.
 *
 * @throws InputError REDIS_TOO_OLD, REDIS_POLICY with the command that corrects it.
 * @throws AccessError REDIS_DENIED; InputError REDIS_URL_INVALID for a replica.
 * @throws ConflictError REDIS_SCHEMA_NEWER when a newer version wrote this keyspace.
 */
export async function assertRedis(
  redis: Redis,
  url: string,
  onWarning: (warning: RedisWarning) => void,
): Promise<void> {
  const shown = parseRedisUrl(url);
  const server = await readServerInfo(redis);
  assertVersion(server.version, shown, onWarning);
  assertPolicy(server.policy ?? (await readConfiguredPolicy(redis)), shown, url, onWarning);
  await assertSchema(redis, shown);
}

async function readServerInfo(redis: Redis): Promise<ServerInfo> {
  try {
    return parseServerInfo(await redis.info());
  } catch {
    return { version: undefined, policy: undefined, processId: undefined };
  }
}

/** Asked only when INFO does not tell: CONFIG is what managed services disable first. */
async function readConfiguredPolicy(redis: Redis): Promise<string | undefined> {
  try {
    const answer: unknown = await redis.config('GET', 'maxmemory-policy');
    const policy: unknown = Array.isArray(answer) ? answer[1] : undefined;
    return typeof policy === 'string' ? policy : undefined;
  } catch {
    return undefined;
  }
}

function assertVersion(version: string | undefined, shown: string, onWarning: (warning: RedisWarning) => void): void {
  const found = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (found === null) {
    onWarning({ kind: 'version-unknown', reason: 'redis does not tell its version' });
    return;
  }
  const [major, minor] = [Number(found[1]), Number(found[2])];
  const { major: majorMin, minor: minorMin } = redisVersionMin;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  throw new InputError({
    code: 'REDIS_TOO_OLD',
    message: `redis is too old: ${version} at ${shown}, needed is ${majorMin}.${minorMin}`,
    fields: { version, needed: `${majorMin}.${minorMin}` },
  });
}

function assertPolicy(
  policy: string | undefined,
  shown: string,
  url: string,
  onWarning: (warning: RedisWarning) => void,
): void {
  if (policy === undefined) {
    const reason = 'redis tells neither INFO nor CONFIG; make sure that its maxmemory-policy is noeviction';
    onWarning({ kind: 'policy-unknown', reason });
    return;
  }
  if (policy === 'noeviction') return;
  throw new InputError({
    code: 'REDIS_POLICY',
    message: `redis may throw keys away: maxmemory-policy is ${policy} at ${shown}`,
    wayOut: `run \`${redisCliFor(url)} CONFIG SET maxmemory-policy noeviction\`, and set the same in redis.conf (or in your provider's console) so that it lasts`,
    fields: { policy },
  });
}

async function assertSchema(redis: Redis, shown: string): Promise<void> {
  const found = await claimSchema(redis, shown);
  if (found === null) return;
  if (/^\d{1,9}$/.test(found) && Number(found) <= redisSchema) return;
  throw new ConflictError({
    code: 'REDIS_SCHEMA_NEWER',
    message: `redis holds data of a newer version: ${redisSchemaKey} is ${found} at ${shown}, this version writes ${redisSchema}`,
    fields: { found, written: redisSchema },
  });
}

/** The schema that is there; null when there was none, and ours was written. */
async function claimSchema(redis: Redis, shown: string): Promise<string | null> {
  try {
    const found = await redis.get(redisSchemaKey);
    if (found === null) await redis.set(redisSchemaKey, String(redisSchema), 'NX');
    return found;
  } catch (error) {
    throw error instanceof Error && error.name === 'ReplyError' ? notOurs(error, shown) : error;
  }
}

/** Redis answered that we may not. The first word of an error answer is its code. */
function notOurs(error: Error, shown: string): Error {
  if (error.message.startsWith('READONLY')) {
    const message = `redis is a replica and takes no changes: ${shown}`;
    return new InputError({ code: 'REDIS_URL_INVALID', message, wayOut: 'set REDIS_URL to the primary' });
  }
  const message = `redis lets us neither read nor write ${redisSchemaKey}: ${shown} (${error.message})`;
  return new AccessError({
    code: 'REDIS_DENIED',
    message,
    signedIn: true,
    wayOut: 'give the user all commands but the dangerous ones, on all keys',
  });
}

/** The redis-cli call that reaches the URL's server, ready to paste; a password is asked for, never shown. */
function redisCliFor(url: string): string {
  const { hostname, port, username, password, protocol } = new URL(url);
  const words = ['redis-cli', '-h', hostname.replace(/^\[|\]$/g, ''), '-p', port === '' ? '6379' : port];
  if (protocol === 'rediss:') words.push('--tls');
  if (username !== '' && username !== 'default') words.push('--user', decodeURIComponent(username));
  if (password !== '') words.push('--askpass');
  return words.join(' ');
}
