// Reads a file of a torrent while it comes, as a player does: pieces from the reading position on are fetched before all
// others, and reading waits for them.
import { AppError } from '../core/errors.ts'
import { BLOCK_BYTES } from '../core/geometry.ts'
import type { PieceIndex } from '../core/ids.ts'
import { MESSAGE } from '../core/wire/messages.ts'
import type { Content } from './content.ts'
import { READ_BYTES, readBytes } from './read-bytes.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { fillRequestWindow } from './torrent-requests.ts'

/** Fetched ahead of the reader: some seconds of a film, and what a seek throws away at most. */
const AHEAD_BYTES = 8 * 1024 * 1024

/**
 * The bytes of a file from `begin` to before `end`, in chunks of up to 256 KiB. Ends early by the signal. Throws AppError
 * 'interrupted' when the torrent stops, or what the disk says.
 */
export async function* readFile(
  torrent: Torrent,
  file: number,
  begin: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { content, info } = torrent
  const entry = info?.geometry.files[file]
  if (content === undefined || entry === undefined)
    throw new AppError('not-found', `${torrent.name} has no such file yet`)
  const { geometry } = content
  const reader = {}
  let piece = -1
  try {
    for (let at = entry.offset + begin; at < entry.offset + end && !signal.aborted; ) {
      const here = Math.floor(at / geometry.pieceLength) as PieceIndex
      if (here !== piece) hurry(torrent, content, reader, here, lastPieceOf(content, entry.offset + end))
      piece = here
      await pieceHere(torrent, content, here, signal)
      if (signal.aborted) return
      const inPiece = at - geometry.pieceOffset(here)
      const from = inPiece - (inPiece % BLOCK_BYTES)
      const wanted = Math.min(
        geometry.pieceBytes(here),
        from + READ_BYTES,
        entry.offset + end - geometry.pieceOffset(here),
      )
      const isOpen = (): boolean => torrent.content === content && torrent.record !== undefined
      const chunk = await readBytes(torrent.session, content.storage, here, from, wanted - from, isOpen)
      yield chunk.subarray(inPiece - from)
      at = geometry.pieceOffset(here) + wanted
    }
  } finally {
    content.setUrgent(reader, undefined)
  }
}

function lastPieceOf({ geometry }: Content, endInTorrent: number): number {
  return Math.floor((endInTorrent - 1) / geometry.pieceLength)
}

/** Who can give what is waited for is not to send first what it was asked for before. */
function makeWay(content: Content, peer: Peer, piece: PieceIndex): void {
  const { geometry, picker } = content
  if (peer.have?.has(piece) !== true) return
  picker.eachAsked(peer.slot, (block) => {
    const of = geometry.pieceOfBlock(block)
    if (content.isUrgent(of)) return
    picker.cancelled(peer.slot, block)
    peer.sendBlockMessage(MESSAGE.cancel, of, geometry.blockBegin(block), geometry.blockLength(block))
  })
}

/** The next pieces come first. */
function hurry(torrent: Torrent, content: Content, reader: object, first: PieceIndex, last: number): void {
  if (content.have.isFull) return
  const ahead = Math.max(2, Math.ceil(AHEAD_BYTES / content.geometry.pieceLength))
  const isSought = !content.have.has(first) && !content.isUrgent(first)
  content.setUrgent(reader, { first, last: Math.min(last, first + ahead) })
  if (isSought) for (const peer of torrent.peers) makeWay(content, peer, first)
  for (const peer of torrent.peers) fillRequestWindow(torrent, peer)
}

async function pieceHere(torrent: Torrent, content: Content, piece: PieceIndex, signal: AbortSignal): Promise<void> {
  while (!content.have.has(piece) && !signal.aborted) {
    if (torrent.content !== content || torrent.record === undefined) {
      throw new AppError('interrupted', `${torrent.name} was stopped`)
    }
    await content.news(signal)
  }
}
