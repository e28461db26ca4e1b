// The UDP load of bench/tracker.ts: one socket, many announces under way, sent and received by the batch.
import { readU16, readU32, writeU16, writeU32 } from '../src/core/bytes.ts'
import { BATCH, DatagramBatch } from '../src/io/datagram-batch.ts'
import { Epoll } from '../src/io/epoll.ts'
import { libc, openDatagramSocket } from '../src/io/libc.ts'
import { type Asker, hashBytes, isSeed, type LoadResult, MAX_WANTED, Tally, WARM_MS } from './tracker-load-job.ts'
import { datagramSender, HOST } from './tracker-load-sockets.ts'

const LOST_MS = 200

/** So many announces under way; an answer is followed by the next announce in the same slot. */
export async function loadUdp(asker: Asker): Promise<LoadResult> {
  const { port, underWay, seconds, ratePerSec } = asker.job
  const fd = openDatagramSocket({ host: HOST, port: 0, isShared: false })
  const epoll = new Epoll()
  epoll.watch(fd, 'level')
  const batch = new DatagramBatch(fd, false)
  const sendTo = datagramSender(fd, port)
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
  const outgoing = ratePerSec === undefined ? undefined : batchTo(fd, () => sendTo(connect))
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
    tally.asked++
    fill(slot, out)
    return true
  }
  const free: number[] = []
  for (let slot = 0; slot < underWay; slot++) free.push(slot)
  const startedAt = performance.now()
  const warmMs = seconds === 'fill' ? 0 : WARM_MS
  let isWarm = false
  /** As many as the rate allows; answers are looked at in between. */
  const askMore = (rate: number, out: DatagramBatch): void => {
    const due = ((performance.now() - startedAt) / 1000) * rate - tally.asked
    const count = Math.min(BATCH, Math.floor(due), free.length)
    for (let n = 0; n < count; n++) {
      write(free.pop() ?? 0, out.answer(n))
      out.setAnswer(n, 98)
    }
    if (count > 0) out.send(0, count)
  }
  const askAll = (): void => {
    for (let slot = free.pop(); slot !== undefined; slot = free.pop()) {
      if (!write(slot, packet)) return void free.push(slot)
      sendTo(packet)
    }
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
    if (ratePerSec === undefined) askAll()
    else if (outgoing !== undefined) askMore(ratePerSec, outgoing)
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
  outgoing?.close()
  libc().close(fd)
  return result
}

/** Its answers go to the tracker, all of them: it has had so many datagrams from there. */
function batchTo(fd: number, ask: () => void): DatagramBatch {
  const batch = new DatagramBatch(fd, false)
  do {
    for (let n = 0; n < BATCH; n++) ask()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  } while (batch.receive() < BATCH)
  return batch
}
