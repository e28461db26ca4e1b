// Peers' requests in, blocks out: the mirror of torrent-blocks.ts. A request waits in its peer's queue until the gates
// are open, the socket takes more, and the run it lies in has been read; then as many adjacent blocks as possible
// leave in one write.
import { BLOCK_BYTES, type Geometry } from '../core/geometry.ts'
import type { PieceIndex } from '../core/ids.ts'
import type { Violation } from '../core/wire/violation.ts'
import { BLOCK_HEADER_BYTES, MAX_REQUEST_BYTES, writeBlockHeader } from '../core/wire/messages.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Content } from './content.ts'
import type { Peer } from './peer.ts'
import type { RequestQueue } from './request-queue.ts'
import { CELL_BLOCKS, type Run, runBlocks } from './run-cache.ts'
import type { Torrent } from './torrent.ts'
import { onAsked } from './torrent-suggest.ts'

/** A request arrived. */
export function onRequest(
  content: Content,
  peer: Peer,
  index: number,
  begin: number,
  length: number,
): Violation | undefined {
  const piece = content.geometry.pieceIndex(index)
  if (piece === undefined) return 'piece-out-of-range'
  const isLastPadded = content.info.infoHashV2 !== undefined
  const isRequestable = content.geometry.isRequestable(piece, begin, length, isLastPadded)
  if (length > MAX_REQUEST_BYTES || !isRequestable) return 'bad-request'
  const isAllowed = !peer.amChoking || peer.allowedFast.has(piece)
  if (!isAllowed || !content.have.has(piece)) {
    // Without BEP 6 the request may have crossed our choke on the way: it is simply not answered.
    if (peer.supportsFast) peer.sendReject(piece, begin, length)
    return undefined
  }
  onAsked(content, peer, piece)
  if (!peer.requests.push(piece, begin, length)) {
    if (!peer.supportsFast) return 'flood'
    peer.sendReject(piece, begin, length)
  }
  return undefined
}

/** Where there are too many of them they are as if they came too late: after the block. */
export function onCancel({ session }: Torrent, peer: Peer, index: number, begin: number, length: number): void {
  if (!session.mayCancelAmong(peer.requests.size)) return
  // BEP 6: a cancelled request is answered all the same, by the block or by a reject.
  if (peer.requests.remove(index, begin, length) && peer.supportsFast) peer.sendReject(index, begin, length)
}

/** The peer was choked: without BEP 6 it knows that its requests are void, with it each one is rejected. */
export function dropRequests(peer: Peer): void {
  if (peer.supportsFast) {
    for (let n = 0; n < peer.requests.size; n++) {
      peer.sendReject(peer.requests.index(n), peer.requests.begin(n), peer.requests.length(n))
    }
  }
  peer.requests.clear()
  peer.updateReading()
}

/** Sends what may be sent now. Called when requests came, the socket drained, a run was read or a gate opened. */
export function pumpUploads(torrent: Torrent, peer: Peer): void {
  const { content } = torrent
  if (content === undefined) return
  peer.transport.cork()
  sendReady(torrent, content, peer)
  peer.transport.uncork()
  readAhead(torrent, content, peer)
}

function sendReady(torrent: Torrent, content: Content, peer: Peer): void {
  const { requests, transport } = peer
  // A run in the socket's queue keeps it busy while the next ones are read; more would only be memory.
  while (requests.size > 0 && transport.queuedBytes < runBlocks(content) * BLOCK_BYTES) {
    for (const gate of torrent.uploadGates) {
      if (!gate.isOpen) return gate.wait(peer)
    }
    const piece = requests.index(0) as PieceIndex
    const begin = requests.begin(0)
    const wantedBytes = adjacentBlocks(content.geometry, requests, 0, runBlocks(content)) * BLOCK_BYTES
    const run = readyRun(torrent, content, peer, piece, begin, wantedBytes)
    if (run === undefined || !sendFrom(torrent, content, peer, run, piece, begin)) return
  }
}

/** The run at the front of the queue, if it has been read; else the peer is pumped again when it is. */
function readyRun(
  torrent: Torrent,
  content: Content,
  peer: Peer,
  piece: PieceIndex,
  begin: number,
  wantedBytes: number,
): Run | undefined {
  const cache = torrent.session.runs
  const run = cache.get(content, piece, begin, wantedBytes)
  if (run === undefined) cache.whenFree(peer.pump)
  else if (!run.isReady && !run.waiters.includes(peer.pump)) run.waiters.push(peer.pump)
  return run?.isReady === true ? run : undefined
}

/** Sends the first request and all that follow it in the run without a gap. False: something must be waited for. */
function sendFrom(torrent: Torrent, content: Content, peer: Peer, run: Run, piece: PieceIndex, begin: number): boolean {
  const { requests } = peer
  const isLimited = torrent.uploadGates.some((gate) => gate.isLimited)
  const inRun = (run.begin + run.length - begin) / BLOCK_BYTES
  const count = adjacentBlocks(content.geometry, requests, 0, isLimited ? 1 : Math.ceil(inRun))
  if (count === 0) return sendOdd(torrent, content, peer, piece)
  const last = requests.length(count - 1)
  requests.shift(count)
  run.users++
  run.sentBlocks += count
  peer.flush() // what was said before the block must arrive before it
  peer.transport.send(run.wire(begin, count, last), run.release)
  account(torrent, peer, (count - 1) * BLOCK_BYTES + last)
  return true
}

/** A request that is no block of ours (odd place or size): gathered into a message of its own. */
function sendOdd(torrent: Torrent, content: Content, peer: Peer, piece: PieceIndex): boolean {
  const { requests } = peer
  const begin = requests.begin(0)
  const length = requests.length(0)
  const message = new Uint8Array(BLOCK_HEADER_BYTES + length)
  writeBlockHeader(message, 0, piece, begin, length)
  const end = Math.min(begin + length, content.geometry.pieceBytes(piece)) // zeros follow
  for (let at = begin; at < end; ) {
    const run = readyRun(torrent, content, peer, piece, at, end - at)
    if (run === undefined) return false
    const block = Math.floor((at - run.begin) / BLOCK_BYTES)
    const within = (at - run.begin) % BLOCK_BYTES
    const bytes = Math.min(BLOCK_BYTES - within, end - at)
    const from = block * (BLOCK_HEADER_BYTES + BLOCK_BYTES) + BLOCK_HEADER_BYTES + within
    message.set(run.slot.bytes.subarray(from, from + bytes), BLOCK_HEADER_BYTES + at - begin)
    at += bytes
  }
  requests.shift(1)
  peer.flush()
  peer.transport.send(message)
  account(torrent, peer, length)
  return true
}

/** Several runs at once, when fewer requests than a run has are covered: to wake a worker costs as much as to read 16 blocks. */
function readAhead(torrent: Torrent, content: Content, peer: Peer): void {
  const { requests } = peer
  const { runs } = torrent.session
  const longest = runBlocks(content)
  const low = Math.min(requests.size - 1, longest)
  if (low < 0 || runs.has(content, requests.index(low) as PieceIndex, requests.begin(low))) return
  const end = Math.min(requests.size, 2 * longest)
  for (let n = 0; n < end; n += CELL_BLOCKS) {
    const wantedBytes = adjacentBlocks(content.geometry, requests, n, longest) * BLOCK_BYTES
    if (!runs.prefetch(content, requests.index(n) as PieceIndex, requests.begin(n), wantedBytes)) return
  }
}

/** How many requests from the n-th on are blocks of one piece without a gap; 0 if that one is no block of ours. */
function adjacentBlocks(geometry: Geometry, requests: RequestQueue, n: number, limit: number): number {
  const piece = requests.index(n) as PieceIndex // checked when it came
  const begin = requests.begin(n)
  let count = 0
  while (count < limit && n + count < requests.size) {
    const at = begin + count * BLOCK_BYTES
    if (requests.index(n + count) !== piece || requests.begin(n + count) !== at) break
    if (geometry.findBlock(piece, at, requests.length(n + count)) === -1) break
    count++
  }
  return count
}

function account(torrent: Torrent, peer: Peer, bytes: number): void {
  for (const gate of torrent.uploadGates) gate.spend(bytes)
  const now = monotonicMs()
  peer.uploaded(bytes, now)
  torrent.uploadedBytes += bytes
  torrent.uploadMeter.add(bytes, now)
}
