// What RedisStore has Redis do: Lua scripts, each for one torrent, so that each is atomic and one round trip. The keys of
// a torrent share a hash tag, and scripts touch no others, as a cluster asks:
//
//   shoal:{<info-hash>}:l4 l6   leechers of each family, sorted by when they were last heard of (seconds)
//   shoal:{<info-hash>}:s4 s6   seeds
//   shoal:{<info-hash>}:a       how many of them each address has; it is there as long as the torrent has peers
//   shoal:{<info-hash>}:d       those of them that said they have completed
//   shoal:{<info-hash>}:c       how often the torrent was completed
import { createHash } from 'node:crypto'
import { AppError } from '../core/errors.ts'
import type { SwarmCounts } from '../core/tracker/announce.ts'
import type { PeerUpdate, SwarmView } from './store.ts'

export interface Script {
  readonly text: string
  readonly sha1: string
}

export interface RedisStoreLimits {
  readonly maxPeersPerTorrent: number
  readonly maxPortsPerAddress: number
  /** Of the whole database: a torrent has two to seven, some 200 bytes each. */
  readonly maxKeys: number
}

export const DEFAULT_REDIS_LIMITS: RedisStoreLimits = {
  maxPeersPerTorrent: 200_000,
  maxPortsPerAddress: 200,
  maxKeys: 10_000_000,
}

const SETS: readonly string[] = ['l4', 'l6', 's4', 's6']
const KEYS: readonly string[] = [...SETS, 'a', 'd', 'c']
/** Finds one key of every torrent. */
export const TORRENT_PATTERN = 'shoal:{*}:a'

/** In the order in which the scripts name them. `infoHash` is 40 hex digits. */
export function keysOf(infoHash: string): string[] {
  return KEYS.map((name) => `shoal:{${infoHash}}:${name}`)
}

/** The keys that hold peers. */
export function peerSetsOf(infoHash: string): string[] {
  return keysOf(infoHash).slice(0, SETS.length)
}

/** The info-hash of a key that `TORRENT_PATTERN` finds; `undefined` if somebody else made it. */
export function torrentOf(key: string): string | undefined {
  return /^shoal:\{([0-9a-f]{40})\}:a$/.exec(key)?.[1]
}

/** A script must not hold up others, so it forgets at most 100 of each set; the next one goes on. */
const FORGET_AT_ONCE = 100

/** What stands before each of the scripts. */
const COMMON = `
local leechers4, leechers6, seeds4, seeds6, addresses, finished, completed = unpack(KEYS)
local sets = { leechers4, leechers6, seeds4, seeds6 }

local function size(set) return redis.call('ZCARD', set) end
local function leechers() return size(leechers4) + size(leechers6) end
local function seeds() return size(seeds4) + size(seeds6) end
local function completions() return tonumber(redis.call('GET', completed) or 0) or 0 end

-- An IPv4 address, or the /64 of an IPv6 one: whoever has one has 2^64 of them.
local function address(peer) return string.sub(peer, 1, #peer == 6 and 4 or 8) end

local function forget(set, peer)
  if redis.call('ZREM', set, peer) == 0 then return end
  redis.call('SREM', finished, peer)
  if redis.call('HINCRBY', addresses, address(peer), -1) < 1 then redis.call('HDEL', addresses, address(peer)) end
end

-- Says whether there may be more of them.
local function expire(before)
  local isMore = false
  for _, set in ipairs(sets) do
    local silent = redis.call('ZRANGEBYSCORE', set, '-inf', '(' .. before, 'LIMIT', 0, ${FORGET_AT_ONCE})
    for _, peer in ipairs(silent) do forget(set, peer) end
    isMore = isMore or #silent == ${FORGET_AT_ONCE}
  end
  return isMore
end

-- Nothing of a torrent outlives its last peer.
local function tidy()
  if leechers() + seeds() == 0 then redis.call('DEL', addresses, finished, completed) end
end
`

/** Arguments: what `announceArguments` makes. Redis may be out of memory: then ZADD, the first to need any, refuses. */
export const ANNOUNCE: Script = makeScript(`
local peer, event, now, before, keepSec = unpack(ARGV, 1, 5)
local isSeed, isOtherFamilyWelcome, isSeedWelcome = ARGV[6] == '1', ARGV[7] == '1', ARGV[8] == '1'
local wanted, maxPeers, maxPorts, maxKeys = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
math.randomseed(tonumber(ARGV[13])) -- Redis starts every script with the same dice

local ownLeechers, ownSeeds, otherLeechers, otherSeeds = leechers4, seeds4, leechers6, seeds6
if #peer ~= 6 then ownLeechers, ownSeeds, otherLeechers, otherSeeds = leechers6, seeds6, leechers4, seeds4 end
local role, otherRole = ownLeechers, ownSeeds
if isSeed then role, otherRole = ownSeeds, ownLeechers end

local function hasRoom()
  if string.sub(peer, -2) == string.char(0, 0) then return false end -- port 0 takes no connections
  local count = leechers() + seeds()
  if count >= maxPeers or (count == 0 and redis.call('DBSIZE') >= maxKeys) then return false end
  return (tonumber(redis.call('HGET', addresses, address(peer)) or 0) or 0) < maxPorts
end

local function put()
  local isKnown = redis.call('ZSCORE', role, peer) or redis.call('ZSCORE', otherRole, peer)
  if not isKnown and not hasRoom() then return end
  redis.call('ZADD', role, now, peer)
  redis.call('ZREM', otherRole, peer)
  if not isKnown then redis.call('HINCRBY', addresses, address(peer), 1) end
  if event == 'completed' and redis.call('SADD', finished, peer) == 1 then redis.call('INCR', completed) end
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, keepSec) end
end

-- Any of a set but the asker.
local function sample(set, count)
  if count < 1 then return {} end
  local some = redis.call('ZRANDMEMBER', set, count + 1)
  for i, one in ipairs(some) do
    if one == peer then
      table.remove(some, i)
      return some
    end
  end
  if #some > count then table.remove(some, math.random(#some)) end
  return some
end

local function others(set) return size(set) - (redis.call('ZSCORE', set, peer) and 1 or 0) end

-- Leechers and seeds by their shares, rounded by chance: the one seed of a large swarm has its turn, too.
local function pick(leecherSet, seedSet, count)
  local leecherCount, seedCount = others(leecherSet), isSeedWelcome and others(seedSet) or 0
  count = math.min(count, leecherCount + seedCount)
  if count < 1 then return {} end
  local fromSeeds = math.floor(count * seedCount / (leecherCount + seedCount) + math.random())
  local picked = sample(leecherSet, count - fromSeeds)
  for _, one in ipairs(sample(seedSet, fromSeeds)) do table.insert(picked, one) end
  return picked
end

expire(before)
if event == 'stopped' then
  forget(ownLeechers, peer)
  forget(ownSeeds, peer)
  wanted = 0
else
  put()
end
tidy()
local own, other = pick(ownLeechers, ownSeeds, wanted), {}
if isOtherFamilyWelcome then other = pick(otherLeechers, otherSeeds, wanted - #own) end
own, other = table.concat(own), table.concat(other)
if #peer ~= 6 then own, other = other, own end
return { seeds(), leechers(), completions(), own, other }
`)

/** The arguments of `ANNOUNCE`. */
export function announceArguments(
  { address, event, isSeed, wanted }: PeerUpdate,
  nowSec: number,
  keepSec: number,
  { maxPeersPerTorrent, maxPortsPerAddress, maxKeys }: RedisStoreLimits,
): (string | Buffer)[] {
  const flags = [isSeed, wanted.isOtherFamilyWelcome, wanted.isSeedWelcome].map(Number)
  const dice = Math.floor(Math.random() * 2 ** 31)
  const numbers = [nowSec, nowSec - keepSec, keepSec, ...flags, wanted.count]
  const limits = [maxPeersPerTorrent, maxPortsPerAddress, maxKeys]
  return [Buffer.from(address), event, ...[...numbers, ...limits, dice].map(String)]
}

/** No arguments; the start of the answer of an announce. */
export const COUNT: Script = makeScript('return { seeds(), leechers(), completions() }')

/** One argument, the time; answers 1 as long as there may be more. */
export const EXPIRE: Script = makeScript(`
local isMore = expire(ARGV[1])
tidy()
return isMore and 1 or 0
`)

/** Arguments: the peers that go. */
export const REMOVE: Script = makeScript(`
for _, peer in ipairs(ARGV) do
  for _, set in ipairs(sets) do forget(set, peer) end
end
tidy()
`)

function makeScript(body: string): Script {
  const text = COMMON + body
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}

/** Reads the answer of `ANNOUNCE`. */
export function viewOf(reply: unknown): SwarmView {
  const [, , , peers4, peers6] = listOf(reply)
  return { counts: countsOf(reply), peers4: compactOf(peers4, 6), peers6: compactOf(peers6, 18) }
}

/** Reads the answer of `COUNT`. */
export function countsOf(reply: unknown): SwarmCounts {
  const [seeders, leechers, completed] = listOf(reply)
  if (typeof seeders !== 'number' || typeof leechers !== 'number' || typeof completed !== 'number') throw notOurs()
  return { seeders, leechers, completed }
}

export function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw notOurs()
  return reply
}

/** A copy: the client cuts its answers out of what it has read. */
function compactOf(value: unknown, size: 6 | 18): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length % size !== 0) throw notOurs()
  return new Uint8Array(value)
}

function notOurs(cause?: unknown): AppError {
  return new AppError('bad-answer', 'Redis holds something else where this torrent should be', { cause })
}

/** Why a call failed: another program has written to the keys of this torrent, or none of them can be had now. */
export function failureOf(cause: unknown): AppError {
  if (says(cause, 'WRONGTYPE') || says(cause, 'not an integer')) return notOurs(cause)
  return new AppError('network', 'the Redis server does not answer now', { cause })
}

export function says(error: unknown, words: string): boolean {
  return error instanceof Error && error.message.includes(words)
}
