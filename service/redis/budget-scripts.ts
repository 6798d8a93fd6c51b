/** The scripts of a request budget. One hash holds all of it; times are Redis' own, so that clocks need not agree. */
import { script } from '../ledger/script.ts';

/**
 * Takes a request, or says how long to wait before asking again.
 *
 * Urgency is what may be left in the bucket: the rest leaves a fifth to production, production leaves nothing, and a
 * rollback takes on credit, so that it never waits here and others wait a little longer. The registry's own count of
 * what is left works the same way, for documents alone, which is what Docker Hub counts.
 *
 * ARGV: class, priority, requests per second (0 for no bound), burst. Output: milliseconds to wait, 0 when taken.
 */
export const takeRequest = script(`
local key, class, priority = KEYS[1], ARGV[1], ARGV[2]
local rate, burst = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local paused = tonumber(redis.call('HGET', key, 'pausedUntil') or 0) - now
if paused > 0 then return math.min(paused, 60000) end
if class == 'manifest-read' and priority ~= 'rollback' then
  local until_, left, limit = unpack(redis.call('HMGET', key, 'countedUntil', 'remaining', 'limit'))
  local share = priority == 'rest' and 0.2 or 0.05
  if until_ and tonumber(until_) > now and tonumber(left) < tonumber(limit) * share then return tonumber(until_) - now end
end
if rate <= 0 then return 0 end
local tokens = tonumber(redis.call('HGET', key, 'tokens:' .. class) or burst)
local at = tonumber(redis.call('HGET', key, 'at:' .. class) or now)
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000)
local least = priority == 'rest' and 1 + burst * 0.2 or 1
if priority ~= 'rollback' and tokens < least then return math.max(1, math.ceil((least - tokens) * 1000 / rate)) end
redis.call('HSET', key, 'tokens:' .. class, tostring(math.max(-burst, tokens - 1)), 'at:' .. class, tostring(now))
redis.call('PEXPIRE', key, 3600000)
return 0
`);

/**
 * Keeps what a registry said: the longest pause, and the latest count of what is left, for a minute, after which one
 * request finds out anew. ARGV: pause in milliseconds, requests left or -1, of how many. Output: 'ok'.
 */
export const noteNews = script(`
local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local until_ = now + tonumber(ARGV[1])
if until_ > tonumber(redis.call('HGET', key, 'pausedUntil') or 0) then
  redis.call('HSET', key, 'pausedUntil', string.format('%d', until_))
end
if tonumber(ARGV[2]) >= 0 then
  redis.call('HSET', key, 'remaining', ARGV[2], 'limit', ARGV[3], 'countedUntil', string.format('%d', now + 60000))
end
redis.call('PEXPIRE', key, 3600000)
return 'ok'
`);
