// The HTTP loads of bench/tracker.ts: connections that are kept, and a connection for each announce.
import { Buffer } from 'node:buffer'
import { concatBytes, fromLatin1, toHex } from '../src/core/bytes.ts'
import { Epoll } from '../src/io/epoll.ts'
import { libc } from '../src/io/libc.ts'
import { type Asker, hashBytes, isSeed, type LoadResult, MAX_WANTED, Tally, WARM_MS } from './tracker-load-job.ts'
import { Dialer, RECEIVE_MS } from './tracker-load-sockets.ts'

/** Requests that are made ahead; with more the processor's cache would be measured. */
const MAX_TEXTS = 20_000
/** Connections that are read and opened together. */
const GROUP = 16
const MAX_ANSWER_BYTES = 32 * 1024
const [MSG_WAITALL, MSG_NOSIGNAL] = [0x100, 0x4000]
const [ZERO, NINE] = [48, 57]

export function loadHttpKept(asker: Asker): LoadResult {
  const { port, underWay } = asker.job
  const epoll = new Epoll()
  const dialer = new Dialer(port)
  const tally = new Tally()
  const texts = requestsOf(asker, 'keep-alive')
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
    const fd = dialer.begin()
    epoll.watch(fd, 'level')
    ask(fd)
  }
  const look = (answer: Uint8Array, askedAt: number): void => {
    const text = Buffer.from(answer.buffer, answer.byteOffset, answer.length)
    judge(tally, asker, text, text.length)
    tally.latencies.add(performance.now() - askedAt)
  }
  for (let i = 0; i < underWay; i++) openOne()
  const lastMs = lastMsOf(asker)
  const startedAt = performance.now()
  let isWarm = false
  for (let now = startedAt; now - startedAt < lastMs; now = performance.now()) {
    if (!isWarm && now - startedAt > WARM_MS) {
      isWarm = true
      tally.begin()
    }
    for (const fd of unsent.splice(0)) ask(fd)
    const count = epoll.wait(5)
    for (let n = 0; n < count; n++) {
      const fd = epoll.ready(n)
      const state = open.get(fd)
      if (state === undefined) continue
      const length = epoll.receive(fd)
      if (length < 0) continue
      if (length === 0) {
        if (state.got === undefined) tally.lost++
        else look(state.got, state.askedAt)
        open.delete(fd)
        epoll.closeSocket(fd)
        openOne()
        continue
      }
      state.got = joined(state.got, epoll.received.slice(0, length))
      if (!isWhole(state.got)) continue
      look(state.got, state.askedAt)
      ask(fd)
    }
  }
  const result = tally.result()
  for (const fd of [...open.keys(), ...unsent]) epoll.closeSocket(fd)
  dialer.close()
  epoll.close()
  return result
}

/**
 * Without epoll, whose calls would cost more than they save: connections are read in groups, the oldest first, by calls that
 * wait. Within a group the last one goes first: when it is answered, so are the others as a rule, and the tracker's processor
 * has to wake this one once for a group. That saves a tenth of the tracker's time (60 and 53 µs).
 */
export function loadHttpOnce(asker: Asker): LoadResult {
  const { port, underWay } = asker.job
  const { allocate, free, send, recv, close } = libc()
  const dialer = new Dialer(port)
  const tally = new Tally()
  const texts = requestsOf(asker, 'close')
  const requests = allocate(texts.reduce((sum, text) => sum + text.length, 0))
  const addresses: bigint[] = []
  let at = 0
  for (const text of texts) {
    new Uint8Array(requests.bytes).set(text, at)
    addresses.push(requests.address + BigInt(at))
    at += text.length
  }
  const answer = allocate(MAX_ANSWER_BYTES)
  const text = Buffer.from(answer.bytes)
  // A ring of groups.
  const fds = new Int32Array(underWay)
  const askedAt = new Float64Array(underWay)
  const openInto = (slot: number): void => {
    const request = Math.floor(Math.random() * texts.length)
    const fd = dialer.open()
    fds[slot] = fd
    if (fd !== -1) send(fd, addresses[request] ?? 0n, texts[request]?.length ?? 0, MSG_NOSIGNAL)
    askedAt[slot] = performance.now()
  }
  const readFrom = (slot: number): void => {
    const fd = fds[slot] ?? -1
    if (fd === -1) {
      tally.lost++
      return
    }
    const before = performance.now()
    // One call for the answer and the end of the connection. It returns without the end only when its time is over.
    const length = recv(fd, answer.address, MAX_ANSWER_BYTES, MSG_WAITALL)
    const now = performance.now()
    close(fd)
    if (length <= 0 || now - before >= RECEIVE_MS) {
      tally.lost++
      return
    }
    judge(tally, asker, text, length)
    tally.latencies.add(now - (askedAt[slot] ?? 0))
  }
  for (let slot = 0; slot < underWay; slot++) openInto(slot)
  const lastMs = lastMsOf(asker)
  const startedAt = performance.now()
  let isWarm = false
  let oldest = 0
  for (let now = startedAt; now - startedAt < lastMs; now = performance.now()) {
    if (!isWarm && now - startedAt > WARM_MS) {
      isWarm = true
      tally.begin()
    }
    const next = Math.min(oldest + GROUP, underWay)
    for (let slot = next - 1; slot >= oldest; slot--) readFrom(slot)
    for (let slot = oldest; slot < next; slot++) openInto(slot)
    oldest = next % underWay
  }
  const result = tally.result()
  for (const fd of fds) if (fd !== -1) close(fd)
  dialer.close()
  free(requests.address)
  free(answer.address)
  return result
}

function lastMsOf({ job: { seconds } }: Asker): number {
  return WARM_MS + (seconds === 'fill' ? 1 : seconds) * 1000
}

/** `text` may be longer: the answer is its first `length` bytes. */
function judge(tally: Tally, asker: Asker, text: Buffer, length: number): void {
  tally.answers++
  const key = text.indexOf('5:peers', 0, 'latin1')
  let bytes = 0
  let at = key + 7
  for (let digit = text[at] ?? 0; digit >= ZERO && digit <= NINE; digit = text[at] ?? 0) {
    bytes = bytes * 10 + digit - ZERO
    at++
  }
  const last = at + 1 + bytes
  // 58 is the colon; after the peers comes at least the end of the dictionary.
  const isRight = key !== -1 && text[at] === 58 && last < length && tally.look(text, at + 1, last, asker, -1)
  if (!isRight) tally.wrong++
}

function requestsOf(asker: Asker, connection: 'close' | 'keep-alive'): Uint8Array[] {
  const peers = Math.min(MAX_TEXTS, asker.job.torrents * asker.job.peersEach)
  return Array.from({ length: peers }, (_, peer) => fromLatin1(requestOf(asker, peer, connection)))
}

function requestOf(asker: Asker, peer: number, connection: 'close' | 'keep-alive'): string {
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
  // HTTP/1.1 keeps connections unless it is told not to.
  const last = connection === 'close' ? 'Connection: close\r\n' : ''
  return `GET /announce?${fields.join('&')} HTTP/1.1\r\nHost: t\r\n${last}\r\n`
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
