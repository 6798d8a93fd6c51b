/** Lua scripts on Redis: each is one atomic step of the lane protocol. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { promotionEdges } from '../../core/promotion.ts';

/** One script; its header says what it takes and answers. */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

/** A script from its text, with the prelude in front. */
export function script(lua: string): Script {
  const text = prelude + lua;
  return { lua: text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** Runs the script, sending its text only when Redis does not know it. Answers are what the script returns. */
export async function runScript(
  redis: Redis,
  what: Script,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(what.sha1, keys.length, ...keys, ...values);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.eval(what.lua, keys.length, ...keys, ...values);
  }
}

/** The lifetime of a promotion as one text, to look up an edge in: ` requested>waiting … `. */
const edges = Object.entries(promotionEdges)
  .flatMap(([before, states]) => states.map((after) => ` ${before}>${after} `))
  .join('');

/**
 * Names for the lane's keys (lane-keys.ts has their order) and what several scripts need.
 * `fenced` is the check of rule 1: the lane's stored token and Redis' run id must both be the caller's.
 * `become` writes a promotion's state where the table of core/promotion.ts has the edge, and tells whether it did; an
 * end is never left.
 */
const prelude = `
local lane, mailbox, reserved, intents = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local quarantine, records, outbox = KEYS[5], KEYS[6], KEYS[7]
local function run_id() return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') end
local function fenced(token)
  return redis.call('HGET', lane, 'token') ~= token or string.sub(token, -40) ~= run_id()
end
local function promotion(id) return lane .. ':promotion:' .. id end
local function announce(kind, id)
  redis.call('XADD', outbox, 'MAXLEN', '~', 10000, '*', 'type', kind, 'id', id)
end
local edges = '${edges}'
local function become(id, state)
  local before = redis.call('HGET', promotion(id), 'state') or 'requested'
  if not string.find(edges, ' ' .. before .. '>' .. state .. ' ', 1, true) then return false end
  redis.call('HSET', promotion(id), 'state', state)
  return true
end
local function finish(id, state, at)
  redis.call('HDEL', reserved, id)
  if not become(id, state) then return end
  redis.call('HSET', promotion(id), 'finishedAt', at)
  redis.call('EXPIRE', promotion(id), 2592000)
  announce('promotion.finished', id)
end
local function supersede_from(first, by, at)
  for _, id in ipairs(redis.call('LRANGE', mailbox, first, -1)) do
    redis.call('HSET', promotion(id), 'supersededBy', by)
    redis.call('LREM', mailbox, 1, id)
    finish(id, 'superseded', at)
  end
end
local function supersede_all(by, at)
  supersede_from(0, by, at)
  redis.call('HDEL', lane, 'started')
end
`;
