/** The scripts by which commands enter and leave a lane's mailbox without a token. */
import { script } from './script.ts';

/** What both do with the idempotency key, the last of KEYS: its value is the JSON of a RequestRecord with the command's id. */
const requests = `
local function known_id()
  local known = redis.call('GET', KEYS[8])
  return known and cjson.decode(known).id
end
local function remember(id, request)
  local record = cjson.decode(request)
  record.id = id
  redis.call('SET', KEYS[8], cjson.encode(record), 'EX', 86400)
end
`;

/**
 * Rule 2, *accept-promotion*.
 * KEYS: the lane's, then the idempotency key. ARGV: id, command JSON, at, request record JSON, most commands that may wait.
 * Output: {'accepted', id} | {'known', id} | {'full'}. Outbox: promotion.requested.
 */
export const acceptPromotion = script(`${requests}
local known = known_id()
if known then return {'known', known} end
if redis.call('LLEN', mailbox) >= tonumber(ARGV[5]) then return {'full'} end
redis.call('HSET', promotion(ARGV[1]), 'command', ARGV[2], 'runId', run_id(), 'attempts', 0)
become(ARGV[1], 'waiting')
redis.call('RPUSH', mailbox, ARGV[1])
remember(ARGV[1], ARGV[4])
announce('promotion.requested', ARGV[1])
return {'accepted', ARGV[1]}
`);

/**
 * Rule 3, *accept-rollback*. A promotion that has started and not committed makes the default rollback a stay.
 * Two people who roll back the same lane at once get one rollback: the second joins the first, and supersedes what
 * was accepted between the two.
 * KEYS: the lane's, then the idempotency key. ARGV: id, command JSON, at, request record JSON, default target ('1' | '0'),
 * digest the caller saw as current or '', hold JSON, quarantine JSON, random part of the new token.
 * Output: {'accepted', id} | {'known', id} | {'conflict', current digest}. Outbox: promotion.requested, promotion.finished.
 */
export const acceptRollback = script(`${requests}
local known = known_id()
if known then return {'known', known} end
local command = cjson.decode(ARGV[2])
local ledger = redis.call('HGET', lane, 'ledger')
ledger = ledger and cjson.decode(ledger)
if ARGV[6] ~= '' and (not ledger or ledger.digest ~= ARGV[6]) then
  return {'conflict', ledger and ledger.digest or ''}
end
local head = redis.call('LINDEX', mailbox, 0)
local in_flight = head and cjson.decode(redis.call('HGET', promotion(head), 'command'))
if in_flight and in_flight.kind == 'rollback' and (ARGV[5] == '1' or in_flight.digest == command.digest) then
  supersede_from(1, head, ARGV[3])
  remember(head, ARGV[4])
  return {'known', head}
end
local started = head and redis.call('HGET', lane, 'started') == head and in_flight.kind == 'promotion'
if started and ledger and ARGV[5] == '1' then
  command.digest = ledger.digest
  command.version = ledger.version
end
if started and in_flight.digest ~= command.digest then
  redis.call('HSET', quarantine, in_flight.digest, ARGV[8])
end
if ledger and ledger.digest ~= command.digest then redis.call('HSET', quarantine, ledger.digest, ARGV[8]) end
redis.call('HDEL', quarantine, command.digest)
local counter = redis.call('HINCRBY', lane, 'counter', 1)
redis.call('HSET', lane, 'token', counter .. ':' .. ARGV[9] .. ':' .. run_id(), 'hold', ARGV[7])
supersede_all(ARGV[1], ARGV[3])
redis.call('HSET', promotion(ARGV[1]), 'command', cjson.encode(command), 'runId', run_id(), 'attempts', 0)
become(ARGV[1], 'waiting')
redis.call('RPUSH', mailbox, ARGV[1])
remember(ARGV[1], ARGV[4])
announce('promotion.requested', ARGV[1])
return {'accepted', ARGV[1]}
`);
