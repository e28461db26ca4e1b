import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { Access, type AccessOptions } from '../../src/tracker/access.ts'
import { isWebSocketUpgrade } from '../../src/tracker/announce-path.ts'
import type { WsFront } from '../../src/tracker/ws-front.ts'
import type { Relayed, WsRelay } from '../../src/tracker/ws-relay.ts'
import { WsSwarms, type WsSwarmLimits } from '../../src/tracker/ws-swarms.ts'
import { asRecord } from '../support/json.ts'
import { openWsStage, WS_WAYS, type WsStage, type WsWay } from '../support/ws-front.ts'

interface StageOptions {
  readonly access?: AccessOptions
  readonly swarms?: Partial<WsSwarmLimits>
  readonly maxSockets?: number
  readonly intervalSec?: number
  readonly relay?: WsRelay
}

/** A tracker of its own for a test. Its clock stands still unless the test moves it. */
class Stage implements AsyncDisposable {
  readonly clock: { sec: number }
  readonly way: WsWay
  readonly front: WsFront
  readonly #stage: WsStage
  readonly #access: Access

  private constructor(way: WsWay, clock: { sec: number }, stage: WsStage, access: Access) {
    this.way = way
    this.clock = clock
    this.front = stage.front
    this.#stage = stage
    this.#access = access
  }

  static async open(way: WsWay, options: StageOptions): Promise<Stage> {
    const { swarms, maxSockets = 20_000, intervalSec = 900, relay } = options
    const clock = { sec: 1000 }
    const access = await Access.open(options.access ?? {})
    const rules = { intervalSec }
    const nowSec = (): number => clock.sec
    const parts = { swarms: new WsSwarms(swarms), access, rules, nowSec, maxSockets, relay }
    const server = http.createServer({ shouldUpgradeCallback: isWebSocketUpgrade }, (_, response) => {
      response.writeHead(418).end()
    })
    return new Stage(way, clock, await openWsStage(way, parts, server), access)
  }

  url(path = '/announce'): string {
    return `ws://127.0.0.1:${this.#stage.port}${path}`
  }

  /** A socket that is open. */
  async peer(id: string, path?: string): Promise<Peer> {
    const socket = new WebSocket(this.url(path))
    const peer = new Peer(socket, id)
    await once(socket, 'open')
    return peer
  }

  closeFront(): Promise<void> {
    return this.#stage.closeFront()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage.close()
    this.#access.close()
  }
}

/** In both ways in which sockets are carried. */
function testBoth(
  name: string,
  body: (open: (options?: StageOptions) => Promise<Stage>, t: TestContext) => Promise<void>,
): void {
  for (const way of WS_WAYS) {
    test(`${name} (${way})`, (t) => body((options = {}) => Stage.open(way, options), t))
  }
}

const HASH = 'a torrent.\x00\x80\xff.......'
const OTHER_HASH = 'another torrent.....'

/** Asks, and takes what comes one by one. */
class Peer {
  readonly socket: WebSocket
  readonly id: string
  /** The code it was closed with. */
  readonly closed: Promise<number>
  readonly #came: Record<string, unknown>[] = []
  #wake: () => void = () => {}

  constructor(socket: WebSocket, name: string) {
    this.socket = socket
    this.id = `-WW0000-${name}`.padEnd(20, '.')
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.on('close', (code) => resolve(code)))
    socket.on('close', () => this.#wake())
    socket.on('message', (data: Buffer) => {
      this.#came.push(asRecord(JSON.parse(data.toString())))
      this.#wake()
    })
  }

  say(message: object): void {
    this.socket.send(JSON.stringify({ action: 'announce', info_hash: HASH, peer_id: this.id, left: 1, ...message }))
  }

  async next(): Promise<Record<string, unknown>> {
    while (this.#came.length === 0) {
      assert.equal(this.socket.readyState, WebSocket.OPEN, 'closed while something was waited for')
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this.#came.shift() ?? assert.fail()
  }

  async ask(message: object = {}): Promise<Record<string, unknown>> {
    this.say(message)
    return this.next()
  }

  /** Passes if nothing comes before the answer to a scrape that is asked now. */
  async assertSilence(): Promise<void> {
    const answer = await this.ask({ action: 'scrape' })
    assert.equal(answer['action'], 'scrape', JSON.stringify(answer))
  }
}

function offers(count: number): { offer: { type: string; sdp: string }; offer_id: string }[] {
  return Array.from({ length: count }, (_, n) => ({
    offer: { type: 'offer', sdp: `sdp ${n}` },
    offer_id: `offer ${n}`.padEnd(20, '.'),
  }))
}

const failureIn = (message: Record<string, unknown>): string => String(message['failure reason'])

testBoth('an offer goes to the other member, and its answer back to who made it', async (open) => {
  await using stage = await open()
  const [alice, bob] = [await stage.peer('alice'), await stage.peer('bob')]
  const told = { action: 'announce', interval: 120, info_hash: HASH, complete: 0 }
  assert.deepEqual(await alice.ask({ event: 'started', offers: offers(5) }), { ...told, incomplete: 1 })
  assert.deepEqual(await bob.ask({ event: 'started', offers: offers(1) }), { ...told, incomplete: 2 })
  const about = { action: 'announce', info_hash: HASH, offer_id: 'offer 0.............' }
  const offer = await alice.next()
  assert.deepEqual(offer, { ...about, offer: { type: 'offer', sdp: 'sdp 0' }, peer_id: bob.id })
  const answer = { type: 'answer', sdp: 'sdp of the answer' }
  alice.say({ answer, to_peer_id: offer['peer_id'], offer_id: offer['offer_id'] })
  assert.deepEqual(await bob.next(), { ...about, answer, peer_id: alice.id })
  await alice.assertSilence() // an answer has no reply, and its own offers did not come to it
  await bob.assertSilence()
  const { sockets, members, torrents, announces, scrapes } = stage.front.counts
  assert.deepEqual([sockets, members, torrents, announces, scrapes], [2, 2, 1, 2, 2])
})

testBoth('the interval is that of the rules, but 120 s at most', async (open) => {
  await using stage = await open({ intervalSec: 30 })
  assert.equal((await (await stage.peer('alice')).ask())['interval'], 30)
})

testBoth('of several offers each goes to another member, and no more than there are members', async (open) => {
  await using stage = await open()
  const others = await Promise.all(['bob', 'carol', 'dave'].map((name) => stage.peer(name)))
  for (const peer of others) await peer.ask()
  const alice = await stage.peer('alice')
  await alice.ask({ offers: offers(10) })
  const came = await Promise.all(others.map((peer) => peer.next()))
  const ids = new Set(came.map((offer) => offer['offer_id']))
  assert.deepEqual(ids, new Set(offers(3).map((offer) => offer.offer_id)))
  for (const peer of [alice, ...others]) await peer.assertSilence()
})

testBoth('what other threads are told of is a copy, and no part of larger memory', async (open) => {
  const told: Relayed[] = []
  await using stage = await open({ relay: { tell: (one) => told.push(one), listen: () => {}, close: () => {} } })
  const alice = await stage.peer('alice')
  const offer = { offer: { type: 'offer', sdp: 'v=0 '.repeat(100) }, offer_id: 'offer...............' }
  await alice.ask({ offers: [offer] })
  alice.say({
    answer: { ...offer.offer, type: 'answer' },
    to_peer_id: '-WW0000-elsewhere...',
    offer_id: offer.offer_id,
  })
  await alice.assertSilence()
  const sdps = told.flatMap((one) => (one.kind === 'announce' ? one.offers.map(({ sdp }) => sdp) : [one.sdp]))
  assert.equal(sdps.length, 2)
  for (const sdp of sdps) assert.equal(sdp.buffer.byteLength, sdp.length)
})

testBoth('what many say at once arrives as each of them said it', async (open) => {
  await using stage = await open()
  const peers = await Promise.all(Array.from({ length: 11 }, (_, n) => stage.peer(`number ${n}`)))
  for (const peer of peers) await peer.ask()
  const sdpOf = (id: unknown): string => `${String(id)} `.repeat(230) // 48 KB in a message, more than 512 KB in all
  for (const peer of peers) {
    peer.say({ offers: offers(10).map((one) => ({ ...one, offer: { type: 'offer', sdp: sdpOf(peer.id) } })) })
  }
  for (const peer of peers) {
    const came: Record<string, unknown>[] = []
    while (came.length < 11) came.push(await peer.next())
    const offered = came.filter(({ offer }) => offer !== undefined)
    assert.equal(offered.length, 10)
    for (const { offer, peer_id: id } of offered) assert.equal(asRecord(offer)['sdp'], sdpOf(id))
  }
})

testBoth('too many offers: ten are used', async (open) => {
  await using stage = await open()
  const others = await Promise.all(Array.from({ length: 15 }, (_, n) => stage.peer(`other ${n}`)))
  for (const peer of others) await peer.ask()
  const alice = await stage.peer('alice')
  await alice.ask({ offers: offers(100) })
  for (const peer of others) peer.say({ action: 'scrape' })
  const first = await Promise.all(others.map((peer) => peer.next()))
  assert.equal(first.filter((message) => message['offer'] !== undefined).length, 10)
})

testBoth('a seed is counted as one, and its offers go to leechers only', async (open) => {
  await using stage = await open()
  const [seed, leecher, alice] = [await stage.peer('seed'), await stage.peer('leecher'), await stage.peer('alice')]
  await seed.ask({ left: 0 })
  await leecher.ask()
  const { complete, incomplete } = await alice.ask({ event: 'completed', offers: offers(5) })
  assert.deepEqual([complete, incomplete], [2, 1])
  assert.equal((await leecher.next())['peer_id'], alice.id)
  await seed.assertSilence()
  await leecher.ask({ offers: offers(2) }) // while a leecher's go to seeds, too
  assert.deepEqual([(await seed.next())['peer_id'], (await alice.next())['peer_id']], [leecher.id, leecher.id])
})

testBoth('stopped leaves, and so does a socket that closes or breaks', async (open) => {
  await using stage = await open()
  const peers = await Promise.all(['alice', 'bob', 'carol', 'dave'].map((name) => stage.peer(name)))
  const [alice = assert.fail(), bob = assert.fail(), carol = assert.fail(), dave = assert.fail()] = peers
  for (const peer of peers) await peer.ask()
  await dave.ask({ info_hash: OTHER_HASH })
  assert.equal((await alice.ask({ event: 'stopped', offers: offers(3) }))['incomplete'], 3)
  await bob.assertSilence()
  bob.socket.close()
  carol.socket.terminate()
  await until(() => stage.front.counts.sockets === 2)
  assert.deepEqual([stage.front.counts.members, stage.front.counts.torrents], [2, 2])
  assert.equal((await alice.ask())['incomplete'], 2)
})

testBoth('a scrape tells the counts of one torrent or several; unknown ones are zeros', async (open) => {
  await using stage = await open()
  const [alice, bob] = [await stage.peer('alice'), await stage.peer('bob')]
  await alice.ask({ event: 'completed' })
  await bob.ask()
  await bob.ask()
  const counts = { complete: 1, incomplete: 1, downloaded: 1 }
  const flags = { min_request_interval: 120 }
  assert.deepEqual(await bob.ask({ action: 'scrape' }), { action: 'scrape', files: { [HASH]: counts }, flags })
  const { files } = await bob.ask({ action: 'scrape', info_hash: [HASH, OTHER_HASH] })
  assert.deepEqual(files, { [HASH]: counts, [OTHER_HASH]: { complete: 0, incomplete: 0, downloaded: 0 } })
})

testBoth('nobody takes the peer id of another, nor speaks in its name, until that one leaves', async (open) => {
  await using stage = await open()
  const [alice, bob, mallory] = [await stage.peer('alice'), await stage.peer('bob'), await stage.peer('alice')]
  await alice.ask()
  await bob.ask()
  const refused = await mallory.ask({ offers: offers(2) })
  assert.match(failureIn(refused), /another connection has this peer id/)
  assert.equal(refused['info_hash'], HASH)
  await mallory.ask({ event: 'stopped', offers: offers(2) }) // is not its to say
  const answer = { type: 'answer', sdp: 'sdp' }
  mallory.say({ answer, to_peer_id: bob.id, offer_id: 'offer 0.............' })
  await mallory.assertSilence()
  await bob.assertSilence()
  assert.equal(stage.front.counts.members, 2)
  alice.socket.terminate()
  await until(() => stage.front.counts.members === 1)
  assert.equal((await mallory.ask())['incomplete'], 2)
})

testBoth('two pages that share a socket are two members, and one may answer the other', async (open) => {
  await using stage = await open()
  const alice = await stage.peer('alice')
  await alice.ask()
  const twin = '-WW0000-twin........'
  assert.equal((await alice.ask({ peer_id: twin, offers: offers(3) }))['incomplete'], 2)
  assert.equal((await alice.next())['peer_id'], twin)
  await alice.assertSilence()
})

testBoth('malformed messages are told so, and the tenth ends the socket', async (open) => {
  await using stage = await open()
  const alice = await stage.peer('alice')
  await alice.ask()
  const bad = ['{', 'null', '[]', '{"action":"dance"}', '{"action":"announce"}', '{"action":"scrape"}']
  for (const text of bad) {
    alice.socket.send(text)
    assert.match(failureIn(await alice.next()), /.../)
  }
  assert.equal((await alice.ask({ peer_id: 'short' }))['info_hash'], HASH)
  alice.socket.send(Buffer.from('binary'))
  await alice.next()
  await alice.ask({ offers: 'none' }) // this one is good
  alice.socket.send('{')
  await alice.next()
  assert.equal(alice.socket.readyState, WebSocket.OPEN)
  alice.socket.send('{')
  assert.equal(await alice.closed, 1008)
  await until(() => stage.front.counts.sockets === 0)
  assert.equal(stage.front.counts.members, 0)
})

testBoth('a message that is too long ends its socket, and no other', async (open) => {
  await using stage = await open()
  const [alice, bob] = [await stage.peer('alice'), await stage.peer('bob')]
  await bob.ask()
  alice.say({ extra: 'x'.repeat(256 * 1024) })
  assert.equal(await alice.closed, 1009)
  await bob.ask({ extra: 'x'.repeat(250 * 1024) })
})

testBoth(
  'a private tracker wants its passkey, and a tracker that serves some torrents refuses others',
  async (open) => {
    const dir = mkdtempSync(join(tmpdir(), 'shoal-test-ws-'))
    try {
      const [passkeys, denied] = [join(dir, 'passkeys'), join(dir, 'denied')]
      writeFileSync(passkeys, 'secret0123 alice\n')
      writeFileSync(denied, `${Buffer.from(OTHER_HASH, 'latin1').toString('hex')}\n`)
      await using stage = await open({ access: { passkeys, denied } })
      const [alice, bob] = [await stage.peer('alice', '/secret0123/announce'), await stage.peer('bob', '/')]
      assert.equal((await alice.ask())['incomplete'], 1)
      const refused = await bob.ask()
      assert.match(failureIn(refused), /private/)
      assert.deepEqual([refused['action'], refused['info_hash']], ['announce', HASH])
      assert.match(failureIn(await bob.ask({ action: 'scrape' })), /private/)
      for (let n = 0; n < 20; n++) assert.match(failureIn(await alice.ask({ info_hash: OTHER_HASH })), /does not serve/)
      assert.match(failureIn(await alice.ask({ action: 'scrape', info_hash: [HASH, OTHER_HASH] })), /does not serve/)
      assert.equal((await alice.ask())['incomplete'], 1) // the socket stays
      assert.equal(stage.front.counts.members, 1)
    } finally {
      rmSync(dir, { recursive: true })
    }
  },
)

testBoth('paths of announces are upgraded, others are not found', async (open) => {
  await using stage = await open()
  for (const path of ['/', '/announce', '/announce?x=1', '/secret0123/announce'])
    await (await stage.peer('a', path)).ask()
  for (const path of ['/scrape', '/announce/', '/short/announce', '/secret0123/scrape', '/socket']) {
    assert.equal(await statusOfRefused(stage.url(path)), 404)
  }
})

testBoth('requests that ask for no upgrade, or for another one, stay with the HTTP front', async (open) => {
  await using stage = await open()
  for (const headers of [{}, { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c' }]) {
    const request = http.get(stage.url().replace('ws', 'http'), { headers, agent: false })
    const [response] = await once(request, 'response')
    assert(response instanceof http.IncomingMessage)
    assert.equal(response.resume().statusCode, 418)
  }
})

testBoth('sockets over the bound are refused, and there is room again when one closes', async (open) => {
  await using stage = await open({ maxSockets: 1 })
  const alice = await stage.peer('alice')
  await assertNoRoom(stage)
  alice.socket.close()
  await until(() => stage.front.counts.sockets === 0)
  await (await stage.peer('bob')).ask()
})

testBoth('who has not answered the last ping by the next one is gone, who has stays', async (open, t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  await using stage = await open()
  const alice = await stage.peer('alice')
  await alice.ask()
  const mute = new WebSocket(stage.url(), { autoPong: false })
  const bob = new Peer(mute, 'bob')
  await once(mute, 'open')
  await bob.ask()
  for (let round = 0; round < 3; round++) {
    const pinged = once(alice.socket, 'ping')
    t.mock.timers.tick(30_000)
    await pinged
    await alice.ask() // what it says now comes behind its pong
  }
  assert.equal(await bob.closed, 1006)
  await until(() => stage.front.counts.sockets === 1)
  assert.equal((await alice.ask())['incomplete'], 1)
})

testBoth('members that stay silent for two intervals are forgotten, their socket is not', async (open, t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  await using stage = await open()
  const alice = await stage.peer('alice')
  await alice.ask()
  stage.clock.sec += 2.2 * 120 + 60
  const pinged = once(alice.socket, 'ping')
  t.mock.timers.tick(30_000)
  assert.equal(stage.front.counts.members, 1)
  await pinged
  await alice.assertSilence() // its pong has come
  stage.clock.sec++
  t.mock.timers.tick(30_000)
  assert.deepEqual([stage.front.counts.members, stage.front.counts.sockets], [0, 1])
  assert.equal((await alice.ask())['incomplete'], 1)
})

testBoth('close ends every socket, and no new one is let in', async (open) => {
  await using stage = await open()
  const peers = await Promise.all(['alice', 'bob'].map((name) => stage.peer(name)))
  for (const peer of peers) await peer.ask()
  await stage.closeFront()
  assert.deepEqual(stage.front.counts, { sockets: 0, torrents: 0, members: 0, announces: 2, scrapes: 0, dropped: 0 })
  for (const peer of peers) assert.equal(await peer.closed, 1001)
  assert.equal(await statusOfRefused(stage.url()), 503)
  await stage.closeFront() // again is fine
})

/** Whoever answers upgrades for a network thread does not know how many sockets that one has. */
async function assertNoRoom(stage: Stage): Promise<void> {
  if (stage.way === 'streams') assert.equal(await statusOfRefused(stage.url()), 503)
  else assert.equal(await (await stage.peer('one too many')).closed, 1013)
}

function statusOfRefused(url: string): Promise<number | undefined> {
  const socket = new WebSocket(url)
  socket.on('error', () => {})
  return new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error(`${url} was let in`)))
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode)
      request.destroy()
    })
  })
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}
