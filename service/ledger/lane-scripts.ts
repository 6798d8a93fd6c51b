/**
 * The scripts of a lane's worker. All but *begin* and *read* check the token and answer 'fenced' when it is not the lane's;
 * one that would take a promotion where it cannot go answers 'illegal', and changes nothing.
 */
import { script } from './script.ts';

/**
 * Rule 4, *begin*: a new token, above the highest fence that a registry has shown us.
 * ARGV: random part, least counter. Output: the token, `counter:random:runId`.
 */
export const begin = script(`
local counter = math.max(tonumber(redis.call('HGET', lane, 'counter') or 0), tonumber(ARGV[2])) + 1
local token = string.format('%d', counter) .. ':' .. ARGV[1] .. ':' .. run_id()
redis.call('HSET', lane, 'counter', string.format('%d', counter), 'token', token)
return token
`);

/** All that is known of the lane, at one instant. ARGV: none. Output: {run id, lane hash, head id, head hash, intents, quarantine, reserved, waiting ids}. */
export const readLane = script(`
local head = redis.call('LINDEX', mailbox, 0)
return {run_id(), redis.call('HGETALL', lane), head or '', head and redis.call('HGETALL', promotion(head)) or {},
  redis.call('HVALS', intents), redis.call('HGETALL', quarantine), redis.call('HGETALL', reserved), redis.call('LRANGE', mailbox, 0, -1)}
`);

/**
 * Rule 6, *reserve*: the number of the entry to write; a command keeps its number when it is run again,
 * unless the ledger has gone past it. Marks a command of the mailbox as started (rule 5d).
 * ARGV: token, id, highest number listed, '1' when the id must head the mailbox, at.
 * Output: the number | 'fenced'. Outbox: promotion.started.
 */
export const reserve = script(`
if fenced(ARGV[1]) then return 'fenced' end
if ARGV[4] == '1' and redis.call('LINDEX', mailbox, 0) ~= ARGV[2] then return 'fenced' end
local ledger = redis.call('HGET', lane, 'ledger')
local committed = ledger and cjson.decode(ledger).number or 0
local number = tonumber(redis.call('HGET', reserved, ARGV[2]) or 0)
if number <= committed then
  number = 1 + math.max(tonumber(redis.call('HGET', lane, 'reservedMax') or 0), committed, tonumber(ARGV[3]))
  redis.call('HSET', reserved, ARGV[2], number)
  redis.call('HSET', lane, 'reservedMax', number)
end
if ARGV[4] == '1' then
  redis.call('HSET', lane, 'started', ARGV[2])
  redis.call('HSET', promotion(ARGV[2]), 'number', number, 'startedAt', ARGV[5])
  redis.call('HINCRBY', promotion(ARGV[2]), 'attempts', 1)
  redis.call('HDEL', promotion(ARGV[2]), 'wakeAt', 'error')
  announce('promotion.started', ARGV[2])
end
return number
`);

/** Says how far the command is. ARGV: token, id or '', state. Output: 'ok' | 'fenced' | 'illegal'. Outbox: promotion.moved. */
export const advance = script(`
if fenced(ARGV[1]) then return 'fenced' end
if ARGV[2] ~= '' then
  if not become(ARGV[2], ARGV[3]) then return 'illegal' end
  announce('promotion.moved', ARGV[2])
end
return 'ok'
`);

/**
 * Rule 7, *intent*: announces a tag write before it is sent, one attempt at a time; intents expire after 24 hours.
 * ARGV: token, attempt id, intent JSON with `atMs`, now in ms. Output: 'ok' | 'fenced'.
 */
export const openIntent = script(`
if fenced(ARGV[1]) then return 'fenced' end
local open = redis.call('HGETALL', intents)
for i = 1, #open, 2 do
  if cjson.decode(open[i + 1]).atMs < tonumber(ARGV[4]) - 86400000 then redis.call('HDEL', intents, open[i]) end
end
redis.call('HSET', intents, ARGV[2], ARGV[3])
return 'ok'
`);

/** Rule 8, *retire*: after a definite answer, and only under the current token. ARGV: token, attempt id. Output: 'ok' | 'fenced'. */
export const retireIntent = script(`
if fenced(ARGV[1]) then return 'fenced' end
redis.call('HDEL', intents, ARGV[2])
return 'ok'
`);

/**
 * Rule 11, *commit*: the ledger becomes the entry.
 * ARGV: token, id, '1' when the id must head the mailbox, ledger JSON, record JSON, at, '1' for an adoption, hold JSON or '',
 * '1' when the hold is lifted, '1' when the lane is reconciled with this run of Redis.
 * Output: 'ok' | 'fenced'. Outbox: promotion.finished, lane.adopted.
 */
export const commit = script(`
if fenced(ARGV[1]) then return 'fenced' end
if ARGV[3] == '1' and redis.call('LINDEX', mailbox, 0) ~= ARGV[2] then return 'fenced' end
redis.call('HSET', lane, 'ledger', ARGV[4])
redis.call('RPUSH', records, ARGV[5])
redis.call('LTRIM', records, -1000, -1)
if redis.call('EXISTS', promotion(ARGV[2])) == 1 then
  redis.call('LREM', mailbox, 1, ARGV[2])
  if redis.call('HGET', lane, 'started') == ARGV[2] then redis.call('HDEL', lane, 'started') end
  finish(ARGV[2], 'promoted', ARGV[6])
else
  redis.call('HDEL', reserved, ARGV[2])
end
if ARGV[7] == '1' then
  supersede_all(ARGV[2], ARGV[6])
  announce('lane.adopted', '')
end
if ARGV[8] ~= '' then redis.call('HSET', lane, 'hold', ARGV[8]) end
if ARGV[9] == '1' then redis.call('HDEL', lane, 'hold') end
if ARGV[10] == '1' then redis.call('HSET', lane, 'run', run_id()) end
redis.call('HDEL', lane, 'drift')
return 'ok'
`);

/** Ends the head command without a commit. ARGV: token, id, state, error JSON, at. Output: 'ok' | 'fenced'. Outbox: promotion.finished. */
export const endHead = script(`
if fenced(ARGV[1]) or redis.call('LINDEX', mailbox, 0) ~= ARGV[2] then return 'fenced' end
redis.call('LPOP', mailbox)
redis.call('HDEL', lane, 'started')
redis.call('HSET', promotion(ARGV[2]), 'error', ARGV[4])
finish(ARGV[2], ARGV[3], ARGV[5])
return 'ok'
`);

/** Puts the head command off until a time. ARGV: token, id, error JSON, wake-up time in ms. Output: 'ok' | 'fenced' | 'illegal'. Outbox: promotion.moved. */
export const deferHead = script(`
if fenced(ARGV[1]) or redis.call('LINDEX', mailbox, 0) ~= ARGV[2] then return 'fenced' end
if not become(ARGV[2], 'waiting') then return 'illegal' end
redis.call('HSET', promotion(ARGV[2]), 'error', ARGV[3], 'wakeAt', ARGV[4])
announce('promotion.moved', ARGV[2])
return 'ok'
`);

/**
 * Rule 5a, *import*: the ledger becomes the registry's newest receipted entry.
 * ARGV: token, at, ledger JSON or '', records JSON (list, oldest first), receipted command ids JSON (list),
 * intents JSON (map attempt id -> intent JSON), hold JSON or '', '1' when nothing lies above, which commands of older
 * runs are superseded ('none' | 'promotions' | 'all'), id of the promotion that is not, or ''.
 * Output: 'ok' | 'fenced'. Outbox: promotion.finished.
 */
export const importLane = script(`
if fenced(ARGV[1]) then return 'fenced' end
if ARGV[3] ~= '' then redis.call('HSET', lane, 'ledger', ARGV[3]) end
for _, record in ipairs(cjson.decode(ARGV[4])) do redis.call('RPUSH', records, record) end
for _, id in ipairs(cjson.decode(ARGV[5])) do
  if redis.call('LREM', mailbox, 1, id) == 1 then finish(id, 'promoted', ARGV[2]) end
end
if ARGV[9] ~= 'none' then
  for _, id in ipairs(redis.call('LRANGE', mailbox, 0, -1)) do
    local of = redis.call('HMGET', promotion(id), 'runId', 'command')
    local is_older = of[1] ~= run_id()
    local is_promotion = cjson.decode(of[2]).kind == 'promotion' and id ~= ARGV[10]
    if is_older and (ARGV[9] == 'all' or is_promotion) then
      redis.call('LREM', mailbox, 1, id)
      finish(id, 'superseded', ARGV[2])
    end
  end
end
for attempt, intent in pairs(cjson.decode(ARGV[6])) do redis.call('HSET', intents, attempt, intent) end
if ARGV[7] ~= '' then redis.call('HSET', lane, 'hold', ARGV[7]) end
redis.call('HDEL', lane, 'started')
if ARGV[8] == '1' then redis.call('HSET', lane, 'run', run_id()) end
return 'ok'
`);

/** Opens intents for direct entries that were seen (rule 5b). ARGV: token, intents JSON (map). Output: 'ok' | 'fenced'. */
export const openIntents = script(`
if fenced(ARGV[1]) then return 'fenced' end
for attempt, intent in pairs(cjson.decode(ARGV[2])) do redis.call('HSET', intents, attempt, intent) end
return 'ok'
`);
