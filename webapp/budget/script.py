"""The rules of the budget, as one Lua script that Valkey runs in one step and on its own clock."""

WINDOW_SECONDS = 61.2
"""A provider's minute and 2 % more, for calls that travel at different speeds."""

BURST = 2
"""How many calls may go ahead of the smooth pace, so that one person's edit needs no waiting."""

LEASE_SECONDS = 20
"""A call in flight counts for no longer: outside calls are cut after 10 s, so its worker is dead."""

POLL_SECONDS = 0.05
"""How often the first in the queue looks whether a call in flight is over."""

SLACK_SECONDS = 0.5
"""How late one in the queue may ask again before its place is given up: it may be dead."""

BULK_LAST = 10_000_000_000
"""What the place of bulk work in the queue is moved back by, in seconds: behind every person."""

LOWEST_CEILING = 10
"""Learning never goes below this many calls a minute."""

PAUSES = {"minute": 60, "concurrency": 2, "block": 3600, "day": 3600}
"""Seconds to stop for each kind of penalty when the provider does not say."""

KEEP_SECONDS = 30
"""How often the day's count is kept outside Valkey."""

REMEMBER_SECONDS = 7 * 86400
"""How long a block is remembered as a lower ceiling."""

SCRIPT = """
-- KEYS: the organization's state (hash); its calls of the last minute, those in flight, those that wait
-- in their order, and until when each of these has to ask again (all by time)
-- ARGV: what is asked, the moment if it is not the clock's, arguments and constants as JSON
local STATE, WINDOW, RUNNING, WAITING, ASKING = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local asked, a, c = ARGV[1], cjson.decode(ARGV[3]), cjson.decode(ARGV[4])
local clock = redis.call('TIME')
local now = tonumber(ARGV[2]) or tonumber(clock[1]) + tonumber(clock[2]) / 1000000

local s = {}
local stored = redis.call('HGETALL', STATE)
for i = 1, #stored, 2 do s[stored[i]] = tonumber(stored[i + 1]) or stored[i + 1] end

local function exact(number) return string.format('%.6f', number) end

local function save()
  redis.call('DEL', STATE)
  for name, value in pairs(s) do
    redis.call('HSET', STATE, name, type(value) == 'number' and exact(value) or value)
  end
  redis.call('EXPIRE', STATE, 2 * 86400)
end

local function answer(values) return cjson.encode(values) end

local function known()
  local names = {'ceiling', 'top', 'top_until', 'calls_at_once', 'paused_until', 'reason',
                 'day_limit', 'calls_left_today', 'day_resets_at'}
  local state = {}
  for _, name in ipairs(names) do
    if s[name] then state[name] = type(s[name]) == 'number' and exact(s[name]) or s[name] end
  end
  if (s.paused_until or 0) <= now then state.paused_until = nil; state.reason = nil end
  return state
end

-- A day that is over gives its calls back; the provider's next answer corrects the guess.
local function turn_day()
  if s.day_resets_at and now >= s.day_resets_at then
    s.calls_left_today = s.day_limit
    s.day_resets_at = s.day_resets_at + 86400 * math.ceil((now - s.day_resets_at + 1) / 86400)
  end
end

-- A minute is clean when at least half of the ceiling was used and no penalty came: only that is proof.
local function learn(cap)
  s.minute_at = s.minute_at or now
  if cap > 0 then s.ceiling = math.min(s.ceiling or a.start, cap) end
  s.calls_at_once = math.min(s.calls_at_once or a.at_once, a.at_once)
  local passed = now - s.minute_at
  if passed < 60 then return end
  local used = s.used or 0
  if cap > 0 and used * 60 / passed >= s.ceiling / 2 then s.ceiling = math.min(cap, s.ceiling + 5) end
  if used > 0 then s.calls_at_once = math.min(a.at_once, s.calls_at_once + 1) end
  s.minute_at, s.used = now, 0
end

local function in_flight()
  redis.call('ZREMRANGEBYSCORE', RUNNING, '-inf', exact(now))
  return redis.call('ZCARD', RUNNING)
end

local function leave_queue(id)
  redis.call('ZREM', WAITING, id)
  redis.call('ZREM', ASKING, id)
end

-- How many are to be let through before: first come, first served, but people before bulk work.
local function ahead()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', ASKING, '-inf', exact(now))) do leave_queue(id) end
  local place = redis.call('ZSCORE', WAITING, a.id) or exact(now + (a.interactive and 0 or c.bulk_last))
  return redis.call('ZCOUNT', WAITING, '-inf', '(' .. place), place
end

local function queue_up(place, wait)
  redis.call('ZADD', WAITING, place, a.id)
  redis.call('ZADD', ASKING, exact(now + wait + c.slack), a.id)
  redis.call('EXPIRE', WAITING, 120)
  redis.call('EXPIRE', ASKING, 120)
end

-- How long the smooth pace and the minute's window make a call wait that has others ahead of it.
local function pace_wait(before)
  local step = c.window / s.ceiling
  s.next_at = math.max(s.next_at or now + c.burst * step, now)
  local wait = s.next_at - now + (before - c.burst) * step
  redis.call('ZREMRANGEBYSCORE', WINDOW, '-inf', exact(now - c.window))
  local made = redis.call('ZCARD', WINDOW)
  if made + before >= s.ceiling and made > 0 then
    local place = math.min(made + before - s.ceiling, made - 1)
    local oldest = redis.call('ZRANGE', WINDOW, place, place, 'WITHSCORES')
    wait = math.max(wait, tonumber(oldest[2]) + c.window - now)
  end
  return math.max(wait, 0)
end

-- How long to wait, why, and whether waiting in the queue is what helps.
local function obstacle(before)
  if (s.paused_until or 0) > now then return s.paused_until - now, s.reason end
  local left_to_bulk = (s.calls_left_today or 1) - math.floor((s.day_limit or 0) / 5)
  if not a.interactive and left_to_bulk <= 0 then
    return (s.day_resets_at or now + 3600) - now, 'day'
  end
  local paced = a.per_minute > 0 and pace_wait(before) or 0
  local polled = in_flight() + before >= s.calls_at_once and c.poll * (before + 1) or 0
  return math.max(paced, polled), paced >= polled and 'minute' or 'concurrency', true
end

local function take()
  local cap = a.per_minute
  if s.top and cap > 0 and now < s.top_until then cap = math.min(cap, s.top) end
  if not s.day_limit and a.per_day then
    s.day_limit, s.calls_left_today, s.day_resets_at = a.per_day, a.per_day, now + 86400
  end
  turn_day()
  learn(cap)
  local before, place = ahead()
  local wait, reason, queued = obstacle(before)
  if wait > 0 then
    if queued and wait <= a.patience then queue_up(place, wait) else leave_queue(a.id) end
    save()
    return answer({wait = exact(wait), reason = reason})
  end
  if a.per_minute > 0 then
    s.next_at = s.next_at + c.window / s.ceiling
    redis.call('ZADD', WINDOW, exact(now), a.id)
    redis.call('EXPIRE', WINDOW, 120)
  end
  leave_queue(a.id)
  redis.call('ZADD', RUNNING, exact(now + c.lease), a.id)
  redis.call('EXPIRE', RUNNING, 120)
  s.used = (s.used or 0) + 1
  if s.calls_left_today then s.calls_left_today = s.calls_left_today - 1 end
  save()
  return answer({granted = true})
end

local function release()
  redis.call('ZREM', RUNNING, a.id)
  if now - (s.kept_at or 0) < c.keep_every then return answer({}) end
  s.kept_at = now
  save()
  return answer({keep = known()})
end

local function saw()
  if a.day_limit then s.day_limit = a.day_limit end
  -- Calls still in flight are not in what the provider has counted for this answer.
  if a.day_remaining then s.calls_left_today = a.day_remaining - math.max(in_flight() - 1, 0) end
  if a.reset_seconds then s.day_resets_at = now + a.reset_seconds end
  save()
  return answer({})
end

local function penalise()
  local stopped = (s.paused_until or 0) > now
  local ceiling = s.ceiling or 0
  local pause = a.after or c.pauses[a.scope]
  if a.scope == 'day' then
    s.calls_left_today = 0
    if a.after or not s.day_resets_at then s.day_resets_at = now + pause end
    pause = s.day_resets_at - now
  elseif a.scope == 'concurrency' then
    if not stopped then s.calls_at_once = math.max(1, math.floor((s.calls_at_once or 2) / 2)) end
  elseif ceiling > 0 and not stopped then
    -- Calls in flight are refused along with the first: the pace is narrowed once for all of them.
    if a.scope == 'block' then
      s.top = math.max(c.lowest, math.floor(ceiling * 3 / 4))
      s.top_until = now + c.remember
    end
    s.ceiling = math.max(math.min(c.lowest, ceiling), math.floor(ceiling / 2))
  end
  if now + pause > (s.paused_until or 0) then s.paused_until, s.reason = now + pause, a.scope end
  s.minute_at, s.used, s.kept_at = s.paused_until, 0, now
  save()
  return answer({keep = known()})
end

local function seed()
  if s.seeded then return answer({}) end
  for name, value in pairs(a.state) do s[name] = value end
  -- One that was known may just have been calling: it gets no burst.
  if not next(a.state) then s.next_at = now end
  s.seeded, s.kept_at = 1, now
  save()
  return answer({})
end

if asked == 'seed' then return seed() end
if asked == 'state' then turn_day(); return answer({seeded = s.seeded, state = known()}) end
if not s.seeded then return answer({unseeded = true}) end
if asked == 'take' then return take() end
if asked == 'release' then return release() end
if asked == 'saw' then return saw() end
return penalise()
"""
