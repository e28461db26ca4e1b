import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import net from 'node:net'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { toHex } from '../../src/core/bytes.ts'
import { AppError, type ErrorCode } from '../../src/core/errors.ts'
import { RedisStore, type RedisStoreOptions } from '../../src/tracker/redis-store.ts'
import { until } from '../support/program.ts'
import { RedisServer, skipWithoutRedis as skip } from '../support/redis.ts'
import { hashOf, peer4, peer6, testSwarmStore, update } from '../suites/swarm-store.ts'

const SOURCE = new URL('../../src/tracker/redis-store.ts', import.meta.url).href

/** One for all tests that need no more than a database of their own. */
let shared: Promise<RedisServer> | undefined
let databases = 0
after(async () => {
  await (await shared)?.kill()
})

async function openStore(options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  const server = await (shared ??= RedisServer.start())
  return RedisStore.connect(server.url(++databases), { keepSec: 1000, countsMs: 0, ...options })
}

if (skip !== false) test('redis store', { skip }, () => {})
else testSwarmStore('redis store', openStore)

function redisTest(
  behaviour: string,
  options: Partial<RedisStoreOptions>,
  body: (store: RedisStore, server: RedisServer) => Promise<void>,
): void {
  test(`redis store: ${behaviour}`, { skip }, async () => {
    await using server = await RedisServer.start()
    const store = await RedisStore.connect(server.url(), { keepSec: 1000, countsMs: 0, ...options })
    try {
      await body(store, server)
    } finally {
      await store.close()
    }
  })
}

/** The error must be an AppError that shows the password nowhere. */
async function failureOf(job: Promise<unknown>, code: ErrorCode): Promise<string> {
  const error = await job.then(
    () => assert.fail('it worked'),
    (reason: unknown) => reason,
  )
  assert(error instanceof AppError, inspect(error))
  assert.equal(error.code, code, error.message)
  assert.doesNotMatch(inspect(error, { depth: 9 }), /s3cret/)
  return error.message
}

test('redis store: a database number in the URL is another world', { skip }, async () => {
  const [one, other] = [await openStore(), await openStore()]
  await one.announce(update(), 0)
  assert.deepEqual(await other.counts(), { torrents: 0, peers: 0 })
  await Promise.all([one.close(), other.close()])
})

redisTest('two of them see one set of swarms', {}, async (store, server) => {
  const other = await RedisStore.connect(server.url(), { keepSec: 1000, countsMs: 0 })
  await store.announce(update({ event: 'completed', isSeed: true }), 0)
  const view = await other.announce(update({ address: peer6(1) }), 0)
  assert.deepEqual(view, {
    counts: { seeders: 1, leechers: 1, completed: 1 },
    peers4: peer4(1),
    peers6: new Uint8Array(),
  })
  await other.announce(update({ event: 'stopped' }), 1)
  assert.deepEqual(await store.scrape([hashOf('a')]), [{ seeders: 0, leechers: 1, completed: 1 }])
  await other.close()
  await store.announce(update({ address: peer6(1), event: 'stopped' }), 1)
  assert.deepEqual(await server.keys(), [])
})

redisTest('announces at the same time are all kept, each once', {}, async (store) => {
  const peers = Array.from({ length: 300 }, (_, i) => peer4(i))
  await Promise.all(
    [...peers, ...peers].map((address, i) => store.announce(update({ address, isSeed: i % 2 === 0 }), i)),
  )
  assert.deepEqual(await store.counts(), { torrents: 1, peers: 300 })
  assert.equal((await store.addresses()).length, 300)
  await store.remove(peers.slice(100))
  assert.deepEqual((await store.addresses()).map(toHex).sort(), peers.slice(0, 100).map(toHex).sort())
})

redisTest('peers are random, never the asker or one twice, and a lonely seed has its turn', {}, async (store) => {
  for (let n = 1; n <= 60; n++) await store.announce(update({ address: peer4(n) }), 0)
  await store.announce(update({ address: peer4(61), isSeed: true }), 0)
  const wanted = { count: 30, isOtherFamilyWelcome: false, isSeedWelcome: true }
  const seen = new Set<string>()
  for (let asked = 0; asked < 300 && seen.size < 60; asked++) {
    const { peers4 } = await store.announce(update({ wanted }), 0)
    const peers = Array.from({ length: peers4.length / 6 }, (_, i) => toHex(peers4.subarray(i * 6, i * 6 + 6)))
    assert.deepEqual([peers.length, new Set(peers).size], [30, 30])
    for (const peer of peers) seen.add(peer)
  }
  assert.equal(seen.has(toHex(peer4(1))), false)
  assert.equal(seen.size, 60)
})

redisTest('any bytes of an address come back as they were', {}, async (store) => {
  const odd = Uint8Array.of(0, 0x0d, 0x0a, 0xff, 0x80, 1)
  await store.announce(update({ address: odd }), 0)
  assert.deepEqual((await store.announce(update(), 0)).peers4, odd)
  assert.deepEqual((await store.addresses()).map(toHex).sort(), [odd, peer4(1)].map(toHex))
})

redisTest(
  'a full torrent takes no more, until somebody leaves',
  { limits: { maxPeersPerTorrent: 2 } },
  async (store) => {
    for (let n = 1; n <= 3; n++) await store.announce(update({ address: peer4(n) }), 0)
    const refused = await store.announce(update({ address: peer6(4) }), 0)
    assert.deepEqual([refused.counts.leechers, refused.peers4.length], [2, 12])
    await store.announce(update({ isSeed: true }), 0) // who is in may change
    await store.announce(update({ address: peer4(2), event: 'stopped' }), 0)
    assert.deepEqual((await store.announce(update({ address: peer4(3) }), 0)).counts, {
      seeders: 1,
      leechers: 1,
      completed: 0,
    })
  },
)

redisTest(
  'one address has so many ports in a torrent, and gets them back',
  { limits: { maxPortsPerAddress: 2 } },
  async (store) => {
    const port = (n: number): Uint8Array => Uint8Array.of(10, 0, 0, 1, 1, n)
    for (let n = 1; n <= 5; n++) await store.announce(update({ address: port(n) }), 0)
    for (let n = 1; n <= 5; n++) await store.announce(update({ address: peer6(n) }), 0) // of one /64
    assert.deepEqual(await store.counts(), { torrents: 1, peers: 4 })
    await store.announce(update({ infoHash: hashOf('b'), address: port(1) }), 0)
    await store.announce(update({ address: peer4(2) }), 0)
    assert.deepEqual(await store.counts(), { torrents: 2, peers: 6 })
    await store.announce(update({ address: port(1), event: 'stopped' }), 0)
    await store.expire(0)
    for (let n = 3; n <= 5; n++) await store.announce(update({ address: port(n), isSeed: true }), 0)
    assert.deepEqual(await store.counts(), { torrents: 2, peers: 6 })
    await store.announce(update({ address: port(9) }), 2000) // all others have been silent
    await store.announce(update({ address: port(8) }), 2000)
    assert.deepEqual((await store.scrape([hashOf('a')]))[0]?.leechers, 2)
  },
)

redisTest(
  'a database that is full takes no new torrents, and old ones live on',
  { limits: { maxKeys: 4 } },
  async (store) => {
    for (const name of ['a', 'b', 'c']) await store.announce(update({ infoHash: hashOf(name) }), 0)
    assert.deepEqual(await store.counts(), { torrents: 2, peers: 2 })
    assert.equal((await store.announce(update({ address: peer4(2) }), 0)).counts.leechers, 2)
  },
)

redisTest('who has been silent is forgotten when another comes', { keepSec: 100 }, async (store, server) => {
  await store.announce(update({ event: 'completed', isSeed: true }), 1)
  await store.announce(update({ address: peer6(1) }), 51)
  assert.deepEqual((await store.announce(update({ address: peer4(2) }), 101)).counts.seeders, 1)
  const { counts, peers4 } = await store.announce(update({ address: peer4(2) }), 102)
  assert.deepEqual([counts, peers4.length], [{ seeders: 0, leechers: 2, completed: 1 }, 0])
  const again = await store.announce(update({ event: 'completed', isSeed: true }), 103)
  assert.equal(again.counts.completed, 2)
  // More than one announce clears away at once.
  const crowd = Array.from({ length: 250 }, (_, n) => store.announce(update({ address: peer4(n + 1) }), 103))
  await Promise.all(crowd)
  for (let n = 0; n < 3; n++) await store.announce(update({ address: peer6(2) }), 1000)
  assert.deepEqual(await store.scrape([hashOf('a')]), [{ seeders: 0, leechers: 1, completed: 2 }])
  assert.deepEqual(await server.ask('HLEN', keyOf('a', 'a')), 1)
})

redisTest('to expire a crowd takes as many steps as it needs', {}, async (store, server) => {
  for (let n = 1; n <= 350; n++) await store.announce(update({ address: peer4(n) }), 0)
  await store.expire(1)
  assert.deepEqual(await server.keys(), [])
})

redisTest('every key of a torrent expires, and they do so together', { keepSec: 500 }, async (store, server) => {
  await store.announce(update({ event: 'completed', isSeed: true }), 0)
  for (const change of [{ address: peer4(2) }, { address: peer6(1) }, { address: peer6(2), isSeed: true }]) {
    await store.announce(update(change), 0)
  }
  const keys = await server.keys()
  assert.deepEqual(
    keys.map((key) => key.split(':')[2]),
    ['a', 'c', 'd', 'l4', 'l6', 's4', 's6'],
  )
  for (const key of keys) {
    const ttl = Number(await server.ask('TTL', key))
    assert.ok(ttl > 400 && ttl <= 500, `${key}: ${ttl}`)
  }
  assert.equal(new Set(keys.map(slotOf)).size, 1)
})

redisTest('a torrent that nobody announces is gone by itself', { keepSec: 1 }, async (store, server) => {
  await store.announce(update({ event: 'completed', isSeed: true }), 5)
  assert.notDeepEqual(await server.keys(), [])
  await until('it is gone', async () => (await server.keys()).length === 0)
  assert.deepEqual(await store.counts(), { torrents: 0, peers: 0 })
})

redisTest('counts are kept for a while, and one walk serves all who ask', { countsMs: 3_600_000 }, async (store) => {
  await store.announce(update(), 0)
  const [one, other] = await Promise.all([store.counts(), store.counts()])
  assert.equal(one, other)
  await store.announce(update({ address: peer4(2) }), 0)
  assert.deepEqual(await store.counts(), { torrents: 1, peers: 1 })
})

redisTest('what others have written into a torrent spoils only this one', {}, async (store, server) => {
  await store.announce(update(), 0)
  await store.announce(update({ infoHash: hashOf('b') }), 0)
  for (const [command, name, value] of [
    ['SET', 'l4', 'text'],
    ['SET', 'a', 'text'],
    ['LPUSH', 'd', 'text'],
    ['SET', 'c', 'text'],
  ] as const) {
    await server.ask('DEL', keyOf('b', name))
    await server.ask(command, keyOf('b', name), value)
    const change = { infoHash: hashOf('b'), address: peer4(3), event: 'completed' } as const
    await failureOf(store.announce(update(change), 0), 'bad-answer')
    assert.equal((await store.announce(update(), 0)).counts.leechers, 1)
    assert.equal((await store.addresses()).length > 0, true)
    await store.counts()
    await server.ask('DEL', ...(await server.keys()).filter((key) => key.startsWith(keyOf('b', ''))))
    await store.announce(update({ infoHash: hashOf('b') }), 0)
  }
  await server.ask('ZADD', keyOf('a', 'l4'), '0', 'somebody') // no address
  await failureOf(store.announce(update(), 0), 'bad-answer')
  await server.ask('SET', 'shoal:{not-a-torrent}:a', 'text')
  await server.ask('SET', keyOf('b', 'l6'), 'text')
  assert.deepEqual(await store.counts(), { torrents: 1, peers: 2 }) // one that cannot be read is left out
})

redisTest('without memory nobody new is kept, and nobody is lost', {}, async (store, server) => {
  await store.announce(update(), 0)
  await server.ask('CONFIG', 'SET', 'maxmemory', '1')
  await failureOf(store.announce(update({ address: peer4(2) }), 0), 'network')
  await failureOf(store.announce(update({ isSeed: true }), 0), 'network')
  assert.deepEqual(await store.scrape([hashOf('a')]), [{ seeders: 0, leechers: 1, completed: 0 }])
  await server.ask('CONFIG', 'SET', 'maxmemory', '0')
  assert.equal((await store.announce(update({ address: peer4(2) }), 0)).counts.leechers, 2)
})

redisTest('while the server is away calls fail, and work again when it is back', {}, async (store, server) => {
  await store.announce(update(), 0)
  await server.kill()
  await failureOf(store.announce(update(), 0), 'network')
  await Promise.all([
    failureOf(store.scrape([hashOf('a')]), 'network'),
    failureOf(store.addresses(), 'network'),
    failureOf(store.counts(), 'network'),
  ])
  await server.restart()
  const view = await until('it works again', () => store.announce(update(), 1).catch(() => undefined))
  assert.deepEqual(view.counts, { seeders: 0, leechers: 1, completed: 0 })
  assert.deepEqual(await store.counts(), { torrents: 1, peers: 1 })
})

redisTest(
  'a server that hangs makes calls fail, and work again when it moves on',
  { callMs: 100 },
  async (store, server) => {
    await store.announce(update(), 0)
    server.signal('SIGSTOP')
    await failureOf(store.announce(update(), 0), 'network')
    await failureOf(store.announce(update(), 0), 'network')
    server.signal('SIGCONT')
    await until('it works again', () => store.announce(update({ address: peer4(2) }), 1).catch(() => undefined))
    assert.deepEqual(await store.counts(), { torrents: 1, peers: 2 })
  },
)

test('redis store: a connection that carries nothing any more is left for a new one', { skip }, async (t) => {
  await using server = await RedisServer.start()
  const sockets: net.Socket[] = []
  const router = net.createServer((near) => {
    const far = net.connect(server.port, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) sockets.push(socket.on('error', () => {}))
  })
  await new Promise<void>((resolve) => router.listen(0, '127.0.0.1', resolve))
  const store = await RedisStore.connect(`redis://127.0.0.1:${portOf(router)}`, { keepSec: 1000, callMs: 100 })
  t.after(async () => {
    await store.close()
    for (const socket of sockets) socket.destroy()
    router.close()
  })
  await store.announce(update(), 0)
  for (const socket of sockets) socket.unpipe().resume() // it forgets them, and tells nobody
  await failureOf(store.announce(update(), 0), 'network')
  await until('it works again', () => store.announce(update(), 1).catch(() => undefined), { timeoutMs: 10_000 })
})

test('redis store: calls that are under way when it is closed fail', { skip }, async () => {
  const store = await openStore()
  const call = failureOf(store.announce(update(), 0), 'network')
  await store.close()
  await call
  await failureOf(store.announce(update(), 0), 'network')
  await store.close() // a second time does no harm
})

test('redis store: a wrong password gives one sentence without it, and the right one works', { skip }, async () => {
  await using server = await RedisServer.start({ password: 's3cret/+%' })
  const place = `127.0.0.1:${server.port}`
  for (const credentials of ['', ':s3cret@', 'somebody:s3cret@']) {
    const words = await failureOf(RedisStore.connect(`redis://${credentials}${place}`, { keepSec: 1 }), 'usage')
    assert.match(words, new RegExp(`^the Redis server at ${place} wants another name or password`))
  }
  const store = await RedisStore.connect(server.url(), { keepSec: 1 })
  await store.announce(update(), 0)
  await store.close()
})

test('redis store: nobody there, or no Redis, gives one sentence', { skip }, async () => {
  await using server = await RedisServer.start()
  const connect = (url: string): Promise<unknown> => RedisStore.connect(url, { keepSec: 1, callMs: 200 })
  const noDatabase = await failureOf(connect(`redis://127.0.0.1:${server.port}/100`), 'usage')
  assert.match(noDatabase, /has no database of this number$/)
  await server.kill()
  const nobody = await failureOf(connect(`redis://a:s3cret@127.0.0.1:${server.port}`), 'network')
  assert.match(nobody, /^cannot reach a Redis server at 127\.0\.0\.1:\d+ \(ECONNREFUSED\): look whether/)
  for (const greeting of ['HTTP/1.1 400 Bad Request\r\n\r\n', '-ERR unknown command `AUTH`, `a`, `s3cret`\r\n', '']) {
    const stranger = net.createServer(
      (socket) => void socket.on('error', () => {}).once('data', () => socket.write(greeting)),
    )
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const job = connect(`redis://a:s3cret@127.0.0.1:${portOf(stranger)}`)
    await failureOf(job, greeting.startsWith('-') ? 'usage' : 'network')
    stranger.close()
  }
})

test('redis store: what is no place of a Redis server is refused', async () => {
  for (const url of [
    '',
    'localhost',
    'http://s3cret@host',
    'redis://',
    'redis://:s3cret%FF@host',
    'redis://:s3cret@host/x',
  ]) {
    const words = await failureOf(RedisStore.connect(url, { keepSec: 1 }), 'usage')
    assert.match(words, /^expected the place of a Redis server as redis:\/\/host/, url)
  }
  for (const keepSec of [0, 1.5, Number.NaN]) {
    assert.match(await failureOf(RedisStore.connect('redis://host', { keepSec }), 'usage'), /^expected whole seconds/)
  }
})

test('redis store: without its package it says what to install', () => {
  const code = `
    import { registerHooks } from 'node:module'
    registerHooks({ resolve(name, context, next) { return next(name.startsWith('@redis/') ? name + '-gone' : name, context) } })
    const { RedisStore } = await import(process.argv[1])
    await RedisStore.connect('redis://127.0.0.1:1', { keepSec: 1 }).catch(({ code, message }) => console.log(code, message))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code, SOURCE], {
    encoding: 'utf8',
  })
  assert.match(stdout, /^usage swarms in Redis need a package .*: run "npm install @redis\/client"\n$/, stderr)
})

test('redis store: a cluster finds nothing to refuse', { skip }, async () => {
  await using server = await RedisServer.start({ isCluster: true })
  const open = (): Promise<RedisStore> => RedisStore.connect(server.url(), { keepSec: 1000, countsMs: 0 })
  const store = await until('it has its slots', () => open().catch(() => undefined))
  for (const name of ['a', 'b', 'c']) {
    await until('its slots are served', () =>
      store.announce(update({ infoHash: hashOf(name) }), 0).catch(() => undefined),
    )
    await store.announce(update({ infoHash: hashOf(name), address: peer6(1), event: 'completed', isSeed: true }), 0)
  }
  assert.deepEqual(await store.counts(), { torrents: 3, peers: 6 })
  await store.remove([peer4(1)])
  await store.announce(update({ infoHash: hashOf('b'), address: peer6(1), event: 'stopped' }), 1)
  await store.expire(1)
  assert.deepEqual(await server.keys(), [])
  await store.close()
})

function portOf(server: net.Server): number {
  const address = server.address()
  assert(address !== null && typeof address === 'object')
  return address.port
}

function keyOf(torrent: string, name: string): string {
  return `shoal:{${toHex(hashOf(torrent))}}:${name}`
}

/** The slot of a cluster that has a key, as its specification says: CRC-16/XMODEM of what stands in braces. */
function slotOf(key: string): number {
  let crc = 0
  for (const byte of Buffer.from(/\{([^}]+)\}/.exec(key)?.[1] ?? key)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021)
    crc &= 0xffff
  }
  return crc % 16_384
}
