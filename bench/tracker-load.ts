// The load of bench/tracker.ts, in a process of its own: so many announces under way at any time, the next one as soon as one
// is answered. Every answer is looked through: its transaction, its length, its counts, and that every peer in it is one of ours.
import { Buffer } from 'node:buffer'
import koffi from 'koffi'
import { WebSocket } from 'ws'
import { concatBytes, fromLatin1, readU16, readU32, toHex, writeU16, writeU32 } from '../src/core/bytes.ts'
import { DatagramBatch } from '../src/io/datagram-batch.ts'
import { Epoll } from '../src/io/epoll.ts'
import { libc, loadLibc, openDatagramSocket, SOCKET_FLAGS } from '../src/io/libc.ts'

/** The same torrents and peers in every job. */
export interface LoadSwarms {
  readonly torrents: number
  readonly peersEach: number
}

export interface LoadJob extends LoadSwarms {
  readonly kind: 'udp' | 'http' | 'http-once' | 'websocket'
  readonly port: number
  /** Announce everybody once, or for so long at random. */
  readonly seconds: number | 'fill'
  readonly underWay: number
  /** Announces a second at most. */
  readonly ratePerSec?: number
  /** Offers in each announce over WebSocket. */
  readonly offers?: number
}

export interface LoadResult {
  readonly answers: number
  readonly perSecond: number
  readonly wrong: number
  readonly lost: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Peers in all answers. */
  readonly peers: number
}

const HOST = '127.0.0.1'
const FIRST_PORT = 2000
const LOST_MS = 200
const MAX_WANTED = 50

/** Who asks when: everybody in turn, or by chance. */
class Asker {
  readonly job: LoadJob
  readonly #total: number
  #next = 0

  constructor(job: LoadJob) {
    this.job = job
    this.#total = job.torrents * job.peersEach
  }

  /** A peer: its torrent and its port follow from it. -1: all have been. */
  next(): number {
    if (this.job.seconds !== 'fill') return Math.floor(Math.random() * this.#total)
    return this.#next < this.#total ? this.#next++ : -1
  }

  torrentOf(peer: number): number {
    return peer % this.job.torrents
  }

  portOf(peer: number): number {
    return FIRST_PORT + Math.floor(peer / this.job.torrents)
  }

  isOurs(port: number): boolean {
    return port >= FIRST_PORT && port < FIRST_PORT + this.job.peersEach
  }
}

/** Latencies in steps of 20 µs up to 200 ms. */
class Latencies {
  readonly #counts = new Uint32Array(10_000)
  #all = 0

  add(ms: number): void {
    const at = Math.min(9_999, Math.max(0, Math.floor(ms * 50)))
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#all++
  }

  percentile(part: number): number {
    let seen = 0
    for (const [at, count] of this.#counts.entries()) {
      seen += count
      if (seen >= this.#all * part) return (at + 1) / 50
    }
    return 0
  }
}

export function hashBytes(torrent: number, out: Uint8Array, at: number): void {
  out.fill(0, at, at + 20)
  writeU32(out, at, Math.imul(torrent, 0x9e3779b1) >>> 0)
  writeU32(out, at + 4, torrent)
}

/** Complete, downloads nothing: `left` is 0 for one in four. */
function isSeed(peer: number): boolean {
  return peer % 4 === 0
}

class Tally {
  readonly latencies = new Latencies()
  answers = 0
  wrong = 0
  lost = 0
  peers = 0
  #since = 0
  #answersBefore = 0

  /** What came before is warming up. */
  begin(): void {
    this.#since = performance.now()
    this.#answersBefore = this.answers
  }

  result(): LoadResult {
    const seconds = (performance.now() - this.#since) / 1000
    return {
      answers: this.answers,
      perSecond: (this.answers - this.#answersBefore) / seconds,
      wrong: this.wrong,
      lost: this.lost,
      p50Ms: this.latencies.percentile(0.5),
      p99Ms: this.latencies.percentile(0.99),
      peers: this.peers,
    }
  }

  /** Compact IPv4 peers of an answer. */
  look(bytes: Uint8Array, start: number, end: number, asker: Asker, ownPort: number): boolean {
    if ((end - start) % 6 !== 0 || end - start > MAX_WANTED * 6) return false
    for (let at = start; at < end; at += 6) {
      const port = readU16(bytes, at + 4)
      if (bytes[at] !== 127 || !asker.isOurs(port)) return false
      // opentracker gives who asks itself, too.
      if (port === ownPort && !isOwnGiven) return false
    }
    this.peers += (end - start) / 6
    return true
  }
}

let isOwnGiven = false

async function loadUdp(asker: Asker): Promise<LoadResult> {
  if (!(await loadLibc())) throw new Error('this load needs koffi')
  const { port, underWay, seconds, ratePerSec } = asker.job
  const fd = openDatagramSocket({ host: HOST, port: 0, isShared: false })
  const epoll = new Epoll()
  epoll.watch(fd, false)
  const batch = new DatagramBatch(fd, false)
  const sendTo = senderOf(fd, port)
  const connect = new Uint8Array(16)
  connect.set([0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80])
  sendTo(connect)
  epoll.wait(1000)
  if (batch.receive() !== 1) throw new Error('the tracker does not answer')
  const id = batch.packet(0).slice(8, 16)
  // By slot, which is in the transaction id: who asked, when, and how often the slot was used.
  const [peers, sentAt, uses] = [new Int32Array(underWay), new Float64Array(underWay), new Uint32Array(underWay)]
  const tally = new Tally()
  const packet = new Uint8Array(98)
  const fill = (slot: number, out: Uint8Array): void => {
    const peer = peers[slot] ?? 0
    out.fill(0, 0, 98)
    out.set(id)
    out[11] = 1
    writeU16(out, 12, uses[slot] ?? 0)
    writeU16(out, 14, slot)
    hashBytes(asker.torrentOf(peer), out, 16)
    writeU32(out, 36, peer)
    writeU32(out, 68, isSeed(peer) ? 0 : 1000)
    writeU32(out, 92, MAX_WANTED)
    writeU16(out, 96, asker.portOf(peer))
  }
  const write = (slot: number, out: Uint8Array): boolean => {
    const peer = asker.next()
    if (peer === -1) return false
    peers[slot] = peer
    sentAt[slot] = performance.now()
    uses[slot] = ((uses[slot] ?? 0) + 1) & 0xffff
    fill(slot, out)
    return true
  }
  const free: number[] = []
  for (let slot = 0; slot < underWay; slot++) free.push(slot)
  const startedAt = performance.now()
  const warmMs = seconds === 'fill' ? 0 : 500
  let isWarm = false
  let sent = 0
  const mayAsk = (): boolean => ratePerSec === undefined || sent < ((performance.now() - startedAt) / 1000) * ratePerSec
  const askOne = (): boolean => {
    const slot = free.pop()
    if (slot === undefined) return false
    if (!write(slot, packet)) {
      free.push(slot)
      return false
    }
    sendTo(packet)
    sent++
    return true
  }
  let lookedAt = 0
  for (;;) {
    const now = performance.now()
    if (!isWarm && now - startedAt >= warmMs) {
      isWarm = true
      tally.begin()
    }
    if (seconds !== 'fill' && now - startedAt > warmMs + seconds * 1000) break
    const count = batch.receive()
    for (let n = 0; n < count; n++) {
      const answer = batch.packet(n)
      const slot = readU16(answer, 6)
      const peer = peers[slot] ?? -1
      const isExpected = peer !== -1 && readU16(answer, 4) === uses[slot]
      if (isExpected) {
        tally.answers++
        if (isWarm) tally.latencies.add(now - (sentAt[slot] ?? 0))
        const all = readU32(answer, 12) + readU32(answer, 16)
        const isRight =
          readU32(answer, 0) === 1 &&
          all >= 1 &&
          all <= asker.job.peersEach &&
          tally.look(answer, 20, batch.lengthOf(n), asker, asker.portOf(peer))
        if (!isRight) tally.wrong++
        peers[slot] = -1
      }
      if (isExpected && ratePerSec === undefined && write(slot, batch.answer(n))) batch.setAnswer(n, 98)
      else {
        // Nothing to send to: it goes as an empty datagram, which no tracker answers.
        batch.setAnswer(n, 0)
        if (isExpected) free.push(slot)
      }
    }
    if (count > 0 && ratePerSec === undefined) batch.send(0, count)
    while (mayAsk() && askOne()) {}
    if (now - lookedAt > LOST_MS / 2) {
      lookedAt = now
      for (let slot = 0; slot < underWay; slot++) {
        if ((peers[slot] ?? -1) === -1 || now - (sentAt[slot] ?? 0) < LOST_MS) continue
        tally.lost++
        if (seconds === 'fill') {
          // Everybody has to be there: the same one again.
          sentAt[slot] = now
          fill(slot, packet)
          sendTo(packet)
          continue
        }
        peers[slot] = -1
        free.push(slot)
      }
    }
    if (count === 0) {
      if (seconds === 'fill' && free.length === underWay) break
      if (ratePerSec === undefined) epoll.wait(5)
      else await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const result = tally.result()
  batch.close()
  libc().close(fd)
  return result
}

/** One datagram to the tracker, for what is no answer to one of its own. */
function senderOf(fd: number, port: number): (packet: Uint8Array) => void {
  const send = koffi
    .load(null)
    .func(
      'long sendto(int fd, const void *bytes, unsigned long length, int flags, const void *name, unsigned int size)',
    )
  const name = new Uint8Array(16)
  name.set([2, 0, port >> 8, port, 127, 0, 0, 1])
  return (packet) => void send(fd, packet, packet.length, 0, name, name.length)
}

/** Announces over HTTP, on connections that stay or one for each. */
async function loadHttp(asker: Asker): Promise<LoadResult> {
  if (!(await loadLibc())) throw new Error('this load needs koffi')
  const { port, underWay, seconds, kind } = asker.job
  const isKept = kind === 'http'
  const epoll = new Epoll()
  const connect = koffi.load(null).func('int connect(int fd, const void *name, unsigned int size)')
  const name = new Uint8Array(16)
  name.set([2, 0, port >> 8, port, 127, 0, 0, 1])
  const tally = new Tally()
  const texts = Array.from({ length: Math.min(20_000, asker.job.torrents * asker.job.peersEach) }, (_, peer) => {
    return fromLatin1(queryOf(asker, peer, isKept))
  })
  const open = new Map<number, { askedAt: number; got: Uint8Array | undefined }>()
  /** Connections that are not there yet. */
  const unsent: number[] = []
  const ask = (fd: number): void => {
    const text = texts[Math.floor(Math.random() * texts.length)] ?? new Uint8Array()
    epoll.toSend.set(text)
    if (epoll.send(fd, text.length)) open.set(fd, { askedAt: performance.now(), got: undefined })
    else unsent.push(fd)
  }
  const openOne = (): void => {
    const fd = libc().socket(2, 1 | SOCKET_FLAGS, 0)
    connect(fd, name, name.length)
    epoll.watch(fd, false)
    ask(fd)
  }
  const end = (fd: number): void => {
    open.delete(fd)
    epoll.closeSocket(fd)
  }
  const judge = (bytes: Uint8Array, askedAt: number): void => {
    tally.answers++
    tally.latencies.add(performance.now() - askedAt)
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const at = text.indexOf('5:peers')
    const colon = text.indexOf(':', at + 7)
    const length = Number(text.toString('latin1', at + 7, colon))
    const last = colon + 1 + length
    const isRight = at !== -1 && text.length > last && tally.look(text, colon + 1, last, asker, -1)
    if (!isRight) tally.wrong++
  }
  for (let i = 0; i < underWay; i++) openOne()
  const startedAt = performance.now()
  let isWarm = false
  const lastMs = 500 + (seconds === 'fill' ? 1 : seconds) * 1000
  for (let now = startedAt; now - startedAt < lastMs; now = performance.now()) {
    if (!isWarm && now - startedAt > 500) {
      isWarm = true
      tally.begin()
    }
    for (const fd of unsent.splice(0)) ask(fd)
    const count = epoll.wait(5)
    for (let n = 0; n < count; n++) {
      const fd = epoll.ready(n)
      const state = open.get(fd)
      if (state === undefined) continue
      let isOver = false
      let isDone = false
      // The end comes with the last byte: looking for it at once saves a round.
      while (!isOver && !isDone) {
        const length = epoll.receive(fd)
        if (length < 0) break
        isOver = length === 0
        if (!isOver) state.got = joined(state.got, epoll.received.slice(0, length))
        isDone = isKept && state.got !== undefined && isWhole(state.got)
      }
      if (!isOver && !isDone) continue
      if (state.got === undefined) tally.lost++
      else judge(state.got, state.askedAt)
      if (isOver) {
        end(fd)
        openOne()
      } else ask(fd)
    }
  }
  const result = tally.result()
  for (const fd of [...open.keys(), ...unsent]) epoll.closeSocket(fd)
  epoll.close()
  return result
}

function queryOf(asker: Asker, peer: number, isKept: boolean): string {
  const hash = new Uint8Array(20)
  hashBytes(asker.torrentOf(peer), hash, 0)
  const escaped = toHex(hash).replace(/../g, '%$&')
  const fields = [
    `info_hash=${escaped}`,
    `peer_id=-LD0001-${String(peer).padStart(12, '0')}`,
    `port=${asker.portOf(peer)}`,
    'uploaded=0',
    'downloaded=0',
    `left=${isSeed(peer) ? 0 : 1000}`,
    'compact=1',
    `numwant=${MAX_WANTED}`,
  ]
  return `GET /announce?${fields.join('&')} HTTP/1.1\r\nHost: t\r\n${isKept ? '' : 'Connection: close\r\n'}\r\n`
}

function joined(before: Uint8Array | undefined, part: Uint8Array): Uint8Array {
  return before === undefined ? part : concatBytes([before, part])
}

function isWhole(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const head = text.indexOf('\r\n\r\n')
  const length = /content-length: *(\d+)/i.exec(text.toString('latin1', 0, head))?.[1]
  return head !== -1 && length !== undefined && text.length >= head + 4 + Number(length)
}

/** Announces with offers over WebSocket, in pairs of one torrent; offers that arrive are counted as peers. */
async function loadWebSocket(asker: Asker): Promise<LoadResult> {
  const { port, underWay, seconds, offers = 5 } = asker.job
  const tally = new Tally()
  const sdp = 'v=0\r\n'.padEnd(1500, 'a=candidate 1 1 UDP 1 10.0.0.1 1 typ host\r\n')
  const sockets = await Promise.all(
    Array.from({ length: underWay }, async (_, n) => {
      const socket = new WebSocket(`ws://${HOST}:${port}/announce`, { perMessageDeflate: false })
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
      return { socket, n }
    }),
  )
  let isOver = false
  for (const { socket, n } of sockets) {
    const infoHash = `torrent ${n % asker.job.torrents}`.padEnd(20, '.')
    const peerId = `-LD0001-${String(n).padStart(12, '0')}`
    const list = Array.from({ length: offers }, (_, i) => ({
      offer_id: `offer ${n} ${i}`.padEnd(20, '.'),
      offer: { type: 'offer', sdp },
    }))
    const text = JSON.stringify({
      action: 'announce',
      info_hash: infoHash,
      peer_id: peerId,
      numwant: offers,
      uploaded: 0,
      downloaded: 0,
      left: 1000,
      offers: list,
    })
    let askedAt = 0
    const ask = (): void => {
      if (isOver) return
      askedAt = performance.now()
      socket.send(text)
    }
    socket.on('message', (data: Buffer) => {
      // An offer is long, an answer is not: reading each whole would make this side the slower one.
      if (data.length > 1000) {
        tally.peers++
        return
      }
      const answer: unknown = JSON.parse(data.toString())
      const isRight = typeof answer === 'object' && answer !== null && 'interval' in answer && 'complete' in answer
      tally.answers++
      if (!isRight) tally.wrong++
      tally.latencies.add(performance.now() - askedAt)
      ask()
    })
    socket.on('error', () => tally.lost++)
    ask()
  }
  await new Promise((resolve) => setTimeout(resolve, 500))
  tally.begin()
  await new Promise((resolve) => setTimeout(resolve, (seconds === 'fill' ? 1 : seconds) * 1000))
  const result = tally.result()
  isOver = true
  for (const { socket } of sockets) socket.terminate()
  return result
}

process.on('message', (job: LoadJob & { readonly isOwnGiven: boolean }) => {
  isOwnGiven = job.isOwnGiven
  const asker = new Asker(job)
  const run = job.kind === 'udp' ? loadUdp : job.kind === 'websocket' ? loadWebSocket : loadHttp
  run(asker).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : 'failed' }),
  )
})
