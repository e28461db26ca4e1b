// The WebSocket load of bench/tracker.ts: announces with offers, on raw sockets. A client that masks 8 KB anew for each
// announce and reads every offer takes more time than a tracker, so frames are made once and found by their headers.
import { Buffer } from 'node:buffer'
import { createHash, randomBytes } from 'node:crypto'
import { Epoll } from '../src/io/epoll.ts'
import { libc } from '../src/io/libc.ts'
import { type Asker, type LoadResult, Tally, WARM_MS } from './tracker-load-job.ts'
import { Dialer, HOST } from './tracker-load-sockets.ts'

/** What every server adds to a client's key (RFC 6455, 1.3). */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** First bytes of frames that are whole messages. */
const [TEXT, PING, PONG] = [0x81, 0x89, 0x8a]
const IS_MASKED = 0x80
const [IS_16_BIT, IS_64_BIT] = [126, 127]
/** An offer is longer than its SDP, an answer to an announce is a tenth of that. */
const MAX_ANSWER_BYTES = 1000
/** Reading each offer whole would make this side the slower one. */
const LOOK_AT_EVERY = 100
const BUFFER_BYTES = 256 * 1024
const [MSG_DONTWAIT, MSG_NOSIGNAL] = [0x40, 0x4000]
const EAGAIN = 11
/** A hundredth of what an announce takes at 10,000 a second and 200 under way. */
const NAP_MS = 0.2
const NOBODY = new Int32Array(new SharedArrayBuffer(4))
const SDP = 'v=0\r\n'.padEnd(1500, 'a=candidate 1 1 UDP 1 10.0.0.1 1 typ host\r\n')

interface Client {
  readonly fd: number
  readonly infoHash: string
  /** Its announce as a frame, in memory that the system can read. */
  readonly frame: bigint
  readonly frameBytes: number
  /** Of the announce: less than all while the socket takes no more. */
  sentBytes: number
  /** Waits for the end of an announce: a frame cannot be within another. */
  pong: Buffer | undefined
  /** The start of a frame whose rest has not come. */
  begun: Buffer | undefined
  askedAt: number
}

/** Every client announces again as soon as it is answered; offers that arrive are counted as peers. */
export function loadWebSocket(asker: Asker): LoadResult {
  const clients = new Clients(asker)
  const { seconds } = asker.job
  clients.runFor(WARM_MS)
  clients.tally.begin()
  clients.runFor((seconds === 'fill' ? 1 : seconds) * 1000)
  const result = clients.tally.result()
  clients.close()
  return result
}

class Clients {
  readonly tally = new Tally()
  readonly #libc = libc()
  readonly #epoll = new Epoll()
  readonly #frames: readonly { readonly address: bigint }[]
  /** By descriptor. */
  readonly #clients = new Map<number, Client>()
  /** They have something that their sockets did not take. */
  readonly #unsent = new Set<Client>()
  readonly #memory = libc().allocate(BUFFER_BYTES)
  readonly #received = Buffer.from(this.#memory.bytes)
  #offers = 0

  constructor({ job: { port, underWay, torrents, offers = 5 } }: Asker) {
    const dialer = new Dialer(port)
    this.#frames = Array.from({ length: underWay }, (_, n) => {
      const fd = upgraded(dialer, port)
      const infoHash = `torrent ${n % torrents}`.padEnd(20, '.')
      const bytes = maskedFrame(TEXT, Buffer.from(announceOf(n, infoHash, offers)))
      const memory = this.#libc.allocate(bytes.length)
      new Uint8Array(memory.bytes).set(bytes)
      this.#clients.set(fd, {
        fd,
        infoHash,
        frame: memory.address,
        frameBytes: bytes.length,
        sentBytes: 0,
        pong: undefined,
        begun: undefined,
        askedAt: 0,
      })
      return memory
    })
    dialer.close()
    for (const client of this.#clients.values()) {
      this.#epoll.watch(client.fd, 'level')
      this.#ask(client)
    }
  }

  runFor(ms: number): void {
    const startedAt = performance.now()
    while (performance.now() - startedAt < ms) {
      const count = this.#epoll.wait(0)
      if (count === 0) nap()
      for (let n = 0; n < count; n++) {
        const client = this.#clients.get(this.#epoll.ready(n))
        if (client !== undefined) this.#receive(client)
      }
      for (const client of this.#unsent) this.#send(client)
    }
  }

  close(): void {
    for (const fd of this.#clients.keys()) this.#libc.close(fd)
    for (const { address } of this.#frames) this.#libc.free(address)
    this.#libc.free(this.#memory.address)
    this.#epoll.close()
  }

  #ask(client: Client): void {
    client.askedAt = performance.now()
    client.sentBytes = 0
    this.#send(client)
  }

  /** What is left of the announce, then the pong. */
  #send(client: Client): void {
    const { fd, frame, frameBytes, pong } = client
    if (client.sentBytes < frameBytes) {
      const rest = frame + BigInt(client.sentBytes)
      const count = this.#libc.send(fd, rest, frameBytes - client.sentBytes, MSG_DONTWAIT | MSG_NOSIGNAL)
      // A socket that failed is told of by the next receive.
      client.sentBytes += Math.max(0, count)
    }
    if (client.sentBytes < frameBytes) {
      this.#unsent.add(client)
      return
    }
    this.#unsent.delete(client)
    if (pong === undefined) return
    client.pong = undefined
    this.#epoll.toSend.set(pong)
    // Not taken: the server ends who does not answer, and that is counted.
    this.#epoll.send(fd, pong.length)
  }

  #receive(client: Client): void {
    const kept = client.begun?.length ?? 0
    if (client.begun !== undefined) this.#received.set(client.begun)
    const { address } = this.#memory
    const count = this.#libc.recv(client.fd, address + BigInt(kept), BUFFER_BYTES - kept, MSG_DONTWAIT)
    if (count < 0 && this.#libc.errno() === EAGAIN) return
    if (count <= 0) {
      this.#lose(client)
      return
    }
    client.begun = undefined
    const end = kept + count
    const used = this.#readFrames(client, end)
    if (used === -1 || end - used === BUFFER_BYTES) this.#lose(client)
    else if (used < end) client.begun = Buffer.from(this.#received.subarray(used, end))
  }

  /** Where the first frame begins that is not whole; -1: this is no socket to go on with. */
  #readFrames(client: Client, end: number): number {
    const bytes = this.#received
    let at = 0
    while (end - at >= 2) {
      const short = bytes[at + 1] ?? 0
      // That long nothing is, and servers do not mask.
      if (short >= IS_64_BIT) return -1
      if (short === IS_16_BIT && end - at < 4) return at
      const start = short === IS_16_BIT ? at + 4 : at + 2
      const next = start + (short === IS_16_BIT ? bytes.readUInt16BE(at + 2) : short)
      if (next > end) return at
      const first = bytes[at] ?? 0
      if (first === TEXT) this.#readText(client, start, next)
      else if (first === PING) this.#answerPing(client, start, next)
      // Pieces of messages no tracker sends: what is left is a close.
      else if (first !== PONG) return -1
      at = next
    }
    return at
  }

  #readText(client: Client, start: number, end: number): void {
    if (end - start > MAX_ANSWER_BYTES) {
      this.tally.peers++
      if (this.#offers++ % LOOK_AT_EVERY === 0 && !isOffer(this.#parse(start, end), client)) this.tally.wrong++
      return
    }
    this.tally.answers++
    if (!isAnswer(this.#parse(start, end))) this.tally.wrong++
    this.tally.latencies.add(performance.now() - client.askedAt)
    this.#ask(client)
  }

  #parse(start: number, end: number): unknown {
    try {
      return JSON.parse(this.#received.toString('utf8', start, end))
    } catch {
      return undefined // which is wrong, and counted
    }
  }

  #answerPing(client: Client, start: number, end: number): void {
    client.pong = maskedFrame(PONG, this.#received.subarray(start, end))
    this.#send(client)
  }

  #lose(client: Client): void {
    this.tally.lost++
    this.#unsent.delete(client)
    this.#clients.delete(client.fd)
    this.#libc.close(client.fd)
  }
}

/**
 * In place of a wait in epoll: a load that sleeps there must be woken by the tracker's processor, for each of its writes.
 * npm's tracker writes every offer by itself; so woken it took 300 µs an announce, and 250 with naps, on a busy machine.
 */
function nap(): void {
  Atomics.wait(NOBODY, 0, 0, NAP_MS)
}

/** A connection that speaks WebSocket now. */
function upgraded(dialer: Dialer, port: number): number {
  const { allocate, free, send, recv, close } = libc()
  const fd = dialer.open()
  const key = randomBytes(16).toString('base64')
  const lines = [
    'GET /announce HTTP/1.1',
    `Host: ${HOST}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
  ]
  const memory = allocate(4096)
  const text = Buffer.from(memory.bytes)
  send(fd, memory.address, text.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), MSG_NOSIGNAL)
  let head = ''
  while (!head.endsWith('\r\n\r\n')) {
    const count = recv(fd, memory.address, text.length, 0)
    if (count <= 0) break
    head += text.toString('latin1', 0, count)
  }
  free(memory.address)
  const accept = createHash('sha1').update(`${key}${ACCEPT_SUFFIX}`).digest('base64')
  const [status = '', ...fields] = head.split('\r\n')
  const isRight =
    status.includes(' 101 ') &&
    fields.some((field) => /^sec-websocket-accept: */i.test(field) && field.endsWith(` ${accept}`))
  if (isRight) return fd
  close(fd)
  throw new Error(`the tracker made no WebSocket of a connection: ${status}`)
}

function announceOf(n: number, infoHash: string, offers: number): string {
  return JSON.stringify({
    action: 'announce',
    info_hash: infoHash,
    peer_id: `-LD0001-${String(n).padStart(12, '0')}`,
    numwant: offers,
    uploaded: 0,
    downloaded: 0,
    left: 1000,
    offers: Array.from({ length: offers }, (_, i) => ({
      offer_id: `offer ${n} ${i}`.padEnd(20, '.'),
      offer: { type: 'offer', sdp: SDP },
    })),
  })
}

function isAnswer(message: unknown): boolean {
  return isNumbers(message, ['interval', 'complete', 'incomplete'])
}

function isNumbers(message: unknown, names: readonly string[]): boolean {
  if (typeof message !== 'object' || message === null) return false
  const values = new Map(Object.entries(message))
  return names.every((name) => typeof values.get(name) === 'number')
}

/** As another client of the torrent sent it. */
function isOffer(message: unknown, { infoHash }: Client): boolean {
  if (typeof message !== 'object' || message === null) return false
  const { info_hash: hash, peer_id: peerId, offer_id: offerId, offer } = Object.fromEntries(Object.entries(message))
  const [, from] = /^-LD0001-0*(\d+)$/.exec(String(peerId)) ?? []
  const isOfPeer = from !== undefined && String(offerId).startsWith(`offer ${from} `) && String(offerId).length === 20
  const isWhole = typeof offer === 'object' && offer !== null && 'sdp' in offer && offer.sdp === SDP
  return hash === infoHash && isOfPeer && isWhole
}

/** A frame of a client: masked, as servers take no other. Up to 64 KiB. */
function maskedFrame(first: number, payload: Uint8Array): Buffer {
  const isShort = payload.length < IS_16_BIT
  const head = isShort ? 2 : 4
  const frame = Buffer.alloc(head + 4 + payload.length)
  frame[0] = first
  frame[1] = IS_MASKED | (isShort ? payload.length : IS_16_BIT)
  if (!isShort) frame.writeUInt16BE(payload.length, 2)
  const mask = randomBytes(4)
  frame.set(mask, head)
  for (const [i, byte] of payload.entries()) frame[head + 4 + i] = byte ^ (mask[i & 3] ?? 0)
  return frame
}
