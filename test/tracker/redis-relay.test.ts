// Trackers of one Redis pass on what their WebSocket peers offer and answer. A test waits for what must come; what must
// not come would have come before it, as Redis keeps the order of what one tracker says.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { isFailure } from '../../src/core/tracker/announce.ts'
import { readWsRequest, type WsAnnounce } from '../../src/core/tracker/ws-announce.ts'
import { RedisRelay } from '../../src/tracker/redis-relay.ts'
import { type TrackerOptions, TrackerServer } from '../../src/tracker/tracker-server.ts'
import type { Relayed } from '../../src/tracker/ws-relay.ts'
import { asRecord } from '../support/json.ts'
import { until } from '../support/program.ts'
import { RedisServer, skipWithoutRedis as skip } from '../support/redis.ts'

const HASH = 'a torrent.\x00\x80\xff.......'
const CHANNEL = 'shoal:websocket'

/** A member of the torrent at one tracker. */
class Peer {
  readonly id: string
  /** Offers and answers that have come, the oldest first. */
  readonly came: Record<string, unknown>[] = []
  readonly #socket: WebSocket
  #isCounted = Promise.withResolvers<void>()

  static async join(tracker: TrackerServer, name: string): Promise<Peer> {
    const socket = new WebSocket(`ws://127.0.0.1:${tracker.port}/announce`)
    const peer = new Peer(socket, name)
    await once(socket, 'open')
    await peer.announce()
    return peer
  }

  private constructor(socket: WebSocket, name: string) {
    this.id = `-WW0000-${name}`.padEnd(20, '.')
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      const message = asRecord(JSON.parse(data.toString()))
      if ('interval' in message) this.#isCounted.resolve()
      else this.came.push(message)
    })
  }

  /** Done when the tracker has told the counts. */
  async announce(names: readonly string[] = []): Promise<void> {
    this.#isCounted = Promise.withResolvers()
    this.#say({ offers: offersOf(names) })
    await this.#isCounted.promise
  }

  answer(offer: Record<string, unknown>, sdp: string): void {
    this.#say({ answer: { type: 'answer', sdp }, to_peer_id: offer['peer_id'], offer_id: offer['offer_id'] })
  }

  async next(): Promise<Record<string, unknown>> {
    return until(`${this.id} hears something`, () => this.came.shift(), { everyMs: 5 })
  }

  /** What came now, by the text of the offer or answer. */
  get heard(): readonly string[] {
    return this.came.map(({ offer, answer }) => String(asRecord(offer ?? answer)['sdp']))
  }

  close(): void {
    this.#socket.terminate()
  }

  #say(message: object): void {
    this.#socket.send(JSON.stringify({ ...aboutOf(this.id), ...message }))
  }
}

function aboutOf(peerId: string): object {
  return { action: 'announce', info_hash: HASH, peer_id: peerId, left: 1 }
}

function offersOf(names: readonly string[]): object[] {
  return names.map((name) => ({ offer_id: name.slice(0, 20).padEnd(20, '.'), offer: { type: 'offer', sdp: name } }))
}

interface Stage {
  readonly redis: RedisServer
  readonly here: TrackerServer
  readonly there: TrackerServer
}

/** Two trackers of one Redis that nobody else has. */
function relayTest(behaviour: string, body: (stage: Stage) => Promise<void>, options?: Partial<TrackerOptions>): void {
  test(behaviour, { skip }, async () => {
    await using redis = await RedisServer.start()
    const listen = (): Promise<TrackerServer> =>
      TrackerServer.listen({ port: 0, host: '127.0.0.1', redisUrl: redis.url(), ...options })
    const here = await listen()
    const there = await listen()
    try {
      await body({ redis, here, there })
    } finally {
      await Promise.all([here.close(), there.close()])
    }
  })
}

relayTest('an offer finds a peer at the other tracker, and its answer the way back', async ({ here, there }) => {
  const [alice, bob] = [await Peer.join(here, 'alice'), await Peer.join(there, 'bob')]
  await alice.announce(['sdp of alice'])
  const about = { action: 'announce', info_hash: HASH, offer_id: 'sdp of alice........' }
  const offer = await bob.next()
  assert.deepEqual(offer, { ...about, peer_id: alice.id, offer: { type: 'offer', sdp: 'sdp of alice' } })
  bob.answer(offer, 'sdp of bob')
  assert.deepEqual(await alice.next(), { ...about, peer_id: bob.id, answer: { type: 'answer', sdp: 'sdp of bob' } })
  assert.deepEqual([alice.heard, bob.heard], [[], []])
})

relayTest('only offers that found nobody leave the tracker, and it does not hear itself', async ({ here, there }) => {
  const [alice, dave] = [await Peer.join(here, 'alice'), await Peer.join(here, 'dave')]
  const bob = await Peer.join(there, 'bob')
  await alice.announce(['sdp 1', 'sdp 2', 'sdp 3'])
  const [toDave, toBob] = [await dave.next(), await bob.next()]
  assert.notEqual(toDave['offer_id'], toBob['offer_id'])
  await bob.announce(['from bob 1', 'from bob 2'])
  await until('both have an offer of bob', () => alice.heard.length > 0 && dave.heard.length > 0)
  assert.deepEqual([...alice.heard, ...dave.heard].sort(), ['from bob 1', 'from bob 2'])
})

for (const workers of [1, 3]) {
  relayTest(
    `peers at two trackers all meet, whatever thread has them (workers: ${workers})`,
    async ({ here, there }) => {
      const join = (n: number): Promise<Peer> => Peer.join(n % 2 === 0 ? here : there, `peer ${n}`)
      const peers = await Promise.all(Array.from({ length: 8 }, (_, n) => join(n)))
      const [first = assert.fail(), ...others] = peers
      await first.announce(others.map((_, n) => `sdp ${n}`))
      const offers = await Promise.all(others.map((peer) => peer.next()))
      for (const [n, peer] of others.entries()) peer.answer(offers[n] ?? assert.fail(), `from ${peer.id}`)
      const answers = await Promise.all(others.map(() => first.next()))
      assert.deepEqual(answers.map((answer) => String(answer['peer_id'])).sort(), others.map(({ id }) => id).sort())
      for (const peer of peers) peer.close()
    },
    { workers },
  )
}

relayTest('while Redis is away peers of one tracker meet, and all do when it is back', async (stage) => {
  const { redis, here, there } = stage
  const [alice, bob] = [await Peer.join(here, 'alice'), await Peer.join(there, 'bob')]
  await redis.kill()
  for (let n = 0; n < 20; n++) await alice.announce([`lost ${n}`])
  const dave = await Peer.join(here, 'dave')
  await alice.announce(['while it is away'])
  assert.equal((await dave.next())['peer_id'], alice.id)
  dave.close()
  await redis.restart()
  const offer = await until('bob has an offer', async () => {
    await alice.announce(['it is back'])
    return bob.came.shift()
  })
  assert.equal(offer['offer_id'], 'it is back..........') // and none of those that were lost
  bob.answer(offer, 'sdp of bob')
  const answer = await until('alice has an answer', async () => {
    bob.answer(offer, 'sdp of bob') // each side finds Redis again when it does
    return alice.came.shift()
  })
  assert.equal(answer['peer_id'], bob.id)
})

relayTest('a Redis that hangs holds nobody up, and all meet when it moves on', async ({ redis, here, there }) => {
  const [alice, bob] = [await Peer.join(here, 'alice'), await Peer.join(there, 'bob')]
  redis.signal('SIGSTOP')
  for (let n = 0; n < 20; n++) await alice.announce([`late ${n}`])
  redis.signal('SIGCONT')
  await until('bob has an offer', async () => {
    await alice.announce(['it goes on'])
    return bob.heard.includes('it goes on')
  })
})

relayTest('garbage on the channel is ignored, and what comes behind it is heard', async ({ redis, there }) => {
  const bob = await Peer.join(there, 'bob')
  const good = { from: 'another', ...aboutOf('-WW0000-stranger....') }
  const long = { ...good, offers: offersOf(['too long']), extra: 'x'.repeat(64 * 1024) }
  const garbage = [
    ...['', '{', 'null', '7', '[]', '\xff\x00\r\n', '['.repeat(60_000), '{"from":"another"}'],
    ...[
      { ...good, from: undefined, offers: offersOf(['from nobody']) },
      { ...good, info_hash: 'short', offers: offersOf(['of nothing']) },
      { ...good, action: 'scrape' },
      { ...good, offers: [7, null, {}] },
      { ...good, to_peer_id: bob.id, offer_id: 'o'.repeat(20), answer: { type: 'answer', sdp: 7 } },
      long,
    ].map((message) => JSON.stringify(message)),
  ]
  for (const text of garbage) assert.equal(await redis.ask('PUBLISH', CHANNEL, text), 2) // both trackers get it
  await redis.ask('PUBLISH', CHANNEL, JSON.stringify({ ...good, offers: offersOf(['good']), extra: 'not passed on' }))
  const offer = { offer: { type: 'offer', sdp: 'good' }, offer_id: 'good................' }
  const { action, info_hash, peer_id } = asRecord(good)
  assert.deepEqual(await bob.next(), { action, info_hash, peer_id, ...offer })
})

// The relay without a tracker.

const SDP_LENGTH = 16_384

function announceOf(sdps: readonly string[]): WsAnnounce {
  const request = readWsRequest({ ...aboutOf('-WW0000-alice.......'), offers: offersOf(sdps) })
  assert(!isFailure(request) && request.kind === 'announce')
  return request
}

function sdpsIn(messages: readonly Relayed[]): string[] {
  return messages.flatMap((one) => (one.kind === 'announce' ? one.offers.map(({ sdp }) => sdpIn(sdp)) : []))
}

function sdpIn(json: Uint8Array): string {
  return String(JSON.parse(Buffer.from(json).toString()))
}

async function openRelay(stack: AsyncDisposableStack, url: string): Promise<{ relay: RedisRelay; heard: Relayed[] }> {
  const relay = stack.adopt(await RedisRelay.connect(url), (one) => one.close())
  const heard: Relayed[] = []
  relay.listen((message) => heard.push(message))
  return { relay, heard }
}

test('ten offers of the greatest length come through', { skip }, async () => {
  await using redis = await RedisServer.start()
  await using stack = new AsyncDisposableStack()
  const [one, other] = [await openRelay(stack, redis.url()), await openRelay(stack, redis.url())]
  const sdps = Array.from({ length: 10 }, (_, n) => `${n}`.repeat(SDP_LENGTH))
  one.relay.tell(announceOf(sdps))
  await until('all have come', () => sdpsIn(other.heard).length === 10, { everyMs: 5 })
  assert.deepEqual(sdpsIn(other.heard), sdps)
  assert.deepEqual(one.heard, [])
})

test('trackers of another database are in another world', { skip }, async () => {
  await using redis = await RedisServer.start()
  await using stack = new AsyncDisposableStack()
  const open = (database: number): ReturnType<typeof openRelay> => openRelay(stack, redis.url(database))
  const [one, stranger, friend] = [await open(1), await open(0), await open(1)]
  stranger.relay.tell(announceOf(['for the other world']))
  one.relay.tell(announceOf(['for this world']))
  await until('the friend has heard it', () => friend.heard.length > 0, { everyMs: 5 })
  stranger.relay.tell(announceOf(['again']))
  one.relay.tell(announceOf(['the end']))
  await until('the friend has heard the end', () => friend.heard.length > 1, { everyMs: 5 })
  assert.deepEqual(sdpsIn(friend.heard), ['for this world', 'the end'])
  assert.deepEqual(stranger.heard, [])
})

test('a closed relay says and hears nothing, and may be closed again', { skip }, async () => {
  await using redis = await RedisServer.start()
  await using stack = new AsyncDisposableStack()
  const [one, other] = [await openRelay(stack, redis.url()), await openRelay(stack, redis.url())]
  one.relay.close()
  one.relay.tell(announceOf(['too late']))
  one.relay.close()
  other.relay.tell(announceOf(['nobody is there']))
  await until('its connections are gone', async () => {
    const [, subscribers] = [await redis.ask('PUBSUB', 'NUMSUB', CHANNEL)].flat()
    return subscribers === 1
  })
  assert.deepEqual([one.heard, other.heard], [[], []])
})

test('who may not use the channel is told what is missing, by a tracker that keeps nothing open', {
  skip,
}, async () => {
  await using redis = await RedisServer.start()
  await redis.ask('ACL', 'SETUSER', 'narrow', 'on', '>s3cret', '~*', '+@all', 'resetchannels')
  const redisUrl = `redis://narrow:s3cret@127.0.0.1:${redis.port}`
  const place = `127.0.0.1:${redis.port}`
  const message = `the Redis server at ${place} must let this user use the channels of trackers: add &shoal:* to its rules`
  await assert.rejects(TrackerServer.listen({ port: 0, redisUrl }), { code: 'usage', message })
  await redis.ask('ACL', 'SETUSER', 'narrow', '&shoal:*')
  await (await TrackerServer.listen({ port: 0, redisUrl })).close()
})

test('a tracker that cannot start leaves no connection', { skip }, async () => {
  await using redis = await RedisServer.start()
  const catalogue = { path: '/dev/null/no folder/catalogue', publish: 'nobody' } as const
  await assert.rejects(TrackerServer.listen({ port: 0, host: '127.0.0.1', redisUrl: redis.url(), catalogue }))
  await until('only who asks is there', async () => {
    const clients = String(await redis.ask('CLIENT', 'LIST'))
    return clients.trim().split('\n').length === 1
  })
})
