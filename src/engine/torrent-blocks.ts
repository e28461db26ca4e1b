// Block bytes in; pieces stored or refused (hops 3, 4 and 8 of a block's way, ARCHITECTURE.md).
import { assert, AppError } from '../core/errors.ts'
import type { PieceIndex } from '../core/ids.ts'
import { MESSAGE } from '../core/wire/messages.ts'
import type { Violation } from '../core/wire/violation.ts'
import { SEGMENT_BYTES, type Stored } from '../io/disk/disk.ts'
import type { Content, PieceMemory } from './content.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { blameSenders, clearSuspicion, senderKeys } from './torrent-blame.ts'
import { unchokeWaiting } from './torrent-choking.ts'
import { checkDone, finishFile } from './torrent-finish.ts'
import { updateInterest } from './torrent-interest.ts'
import { refillHungry } from './torrent-requests.ts'

/** A block's header came: does this peer owe it to us, and where do its bytes go? */
export function onBlock(
  torrent: Torrent,
  peer: Peer,
  index: number,
  begin: number,
  length: number,
): Violation | undefined {
  peer.sink = undefined
  peer.arrivingBlock = -1
  peer.arrivingLength = length
  const { content } = torrent
  if (content === undefined || peer.have === undefined) return 'unrequested-block'
  const piece = content.geometry.pieceIndex(index)
  if (piece === undefined) return 'piece-out-of-range'
  const block = content.geometry.findBlock(piece, begin, length)
  if (block === -1) return 'unrequested-block'
  peer.arrivingAskedAt = content.picker.askedAt(peer.slot, block)
  const verdict = content.picker.begin(peer.slot, block)
  if (verdict === 'unasked') return 'unrequested-block'
  if (verdict === 'waste') return undefined
  const segment = Math.floor(begin / SEGMENT_BYTES)
  const slot = content.memory.get(piece)?.slots[segment]
  assert(slot !== undefined, 'a started piece has memory')
  peer.sink = slot.bytes
  peer.sinkAt = begin - segment * SEGMENT_BYTES
  peer.arrivingBlock = block
  return undefined
}

export function onBlockEnd(torrent: Torrent, peer: Peer): Violation | undefined {
  const { content } = torrent
  if (content === undefined) return undefined
  const now = peer.lastReceivedAt // of this read: it may hold sixteen blocks
  const length = peer.arrivingLength
  const block = peer.arrivingBlock
  peer.sink = undefined
  peer.arrivingBlock = -1
  peer.downloaded(length, now)
  peer.isSnubbed = false
  torrent.downloadedBytes += length
  torrent.downloadMeter.add(length, now)
  if (peer.arrivingAskedAt !== undefined) {
    const inFlight = content.picker.outstanding(peer.slot)
    peer.window.onBlock(now, peer.arrivingAskedAt, inFlight, leftMs(torrent, content, now))
  }
  if (block === -1) {
    torrent.wastedBytes += length
    return undefined
  }
  const isWhole = content.picker.finish(peer.slot, block)
  content.picker.others(block, (slot) => cancel(torrent, content, slot, block))
  const piece = content.geometry.pieceOfBlock(block)
  const memory = content.memory.get(piece)
  assert(memory !== undefined, 'a started piece has memory')
  const segment = Math.floor(content.geometry.blockBegin(block) / SEGMENT_BYTES)
  memory.filled[segment] = (memory.filled[segment] as number) + length
  if (isWhole || memory.slots.length > 1) storeSegments(torrent, content, piece, memory)
  return undefined
}

/** End game: others were asked for a block that is here now. */
/** How long it takes at the rate of the last seconds; pieces that are begun count as a whole. */
function leftMs({ downloadMeter }: Torrent, { picker, geometry }: Content, now: number): number {
  return (picker.wantedLeft * geometry.pieceLength * 1000) / downloadMeter.bytesPerSec(now)
}

function cancel(torrent: Torrent, content: Content, slot: number, block: number): void {
  const peer = torrent.slots.at(slot)
  if (peer === undefined) return
  const { geometry } = content
  content.picker.cancelled(slot, block)
  peer.sendBlockMessage(
    MESSAGE.cancel,
    geometry.pieceOfBlock(block),
    geometry.blockBegin(block),
    geometry.blockLength(block),
  )
}

/** Hands the piece's next segments to the disk, as far as they are full. */
function storeSegments(torrent: Torrent, content: Content, piece: PieceIndex, memory: PieceMemory): void {
  while (memory.handed < memory.slots.length) {
    const segment = memory.handed
    const length = content.segmentBytes(piece, segment)
    const slot = memory.slots[segment]
    if (memory.filled[segment] !== length || slot === undefined) return
    memory.handed++
    const isLast = memory.handed === memory.slots.length
    const senders = isLast ? senderKeys(torrent, content, piece) : []
    const wantDigests = content.suspicions.has(piece)
    content.storage.store(piece, segment * SEGMENT_BYTES, slot, length, wantDigests, (result) => {
      content.releaseSegment(memory, segment)
      if (isLast || result instanceof AppError) onStored(torrent, content, piece, memory, senders, result)
      refillHungry(torrent.session)
    })
  }
}

function onStored(
  torrent: Torrent,
  content: Content,
  piece: PieceIndex,
  memory: PieceMemory,
  senders: readonly string[],
  result: Stored | AppError,
): void {
  if (content.memory.get(piece) !== memory) return // an earlier segment failed and gave the piece up
  content.memory.delete(piece)
  if (result instanceof AppError) {
    for (let segment = memory.handed; segment < memory.slots.length; segment++) content.releaseSegment(memory, segment)
    content.picker.abandoned(piece)
    if (torrent.content === content) torrent.fail(result)
    return
  }
  if (result.result === 'bad-hash') {
    torrent.wastedBytes += content.geometry.dataBytes(piece)
    blameSenders(torrent, content, piece, senders, result.digests)
    content.picker.failed(piece)
    return
  }
  if (content.suspicions.has(piece)) clearSuspicion(torrent, content, piece, result.digests)
  pieceVerified(torrent, content, piece, result)
}

/** A piece is good and on disk: mark it, keep it in mind, tell the peers, and see whether that was the last one. */
function pieceVerified(torrent: Torrent, content: Content, piece: PieceIndex, stored: Stored): void {
  content.picker.stored(piece)
  torrent.keep((record) => record.pieceStored(piece, stored.stamps))
  for (const file of content.pieceStored(piece)) finishFile(torrent, content, file)
  content.tellNews()
  for (const peer of torrent.peers) {
    // A seed that is sending knows what it sent: that we have it can wait for the next requests.
    if (peer.isSeed && content.picker.outstanding(peer.slot) > 0) peer.sendIndexLater(MESSAGE.have, piece)
    else peer.sendIndex(MESSAGE.have, piece)
    updateInterest(torrent, peer)
  }
  if (content.have.count === 1) unchokeWaiting(torrent)
  if (content.have.isFull) torrent.announcer?.completed()
  checkDone(torrent)
}
