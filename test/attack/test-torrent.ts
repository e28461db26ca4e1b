// Torrents written by hand, and peers that seed them, well or badly.
import { createHash, randomBytes } from 'node:crypto'
import { ID, message, type ScriptedPeer } from './scripted-peer.ts'

/** A torrent of one file, written by hand. */
export interface TestTorrent {
  readonly metainfo: Buffer
  readonly info: Buffer
  readonly infoHash: Buffer
  readonly data: Buffer
  readonly pieceLength: number
  readonly pieceCount: number
}

export function makeTestTorrent(bytes: number, pieceLength: number): TestTorrent {
  const data = randomBytes(bytes)
  const pieceCount = Math.ceil(bytes / pieceLength)
  const hashes = Array.from({ length: pieceCount }, (_, i) =>
    createHash('sha1')
      .update(data.subarray(i * pieceLength, (i + 1) * pieceLength))
      .digest(),
  )
  const pieces = Buffer.concat(hashes)
  const head = `d6:lengthi${bytes}e4:name4:data12:piece lengthi${pieceLength}e6:pieces${pieces.length}:`
  const info = Buffer.concat([Buffer.from(head), pieces, Buffer.from('e')])
  const metainfo = Buffer.concat([Buffer.from('d4:info'), info, Buffer.from('e')])
  return { metainfo, info, infoHash: createHash('sha1').update(info).digest(), data, pieceLength, pieceCount }
}

/** Makes the peer a seed that answers requests; `corrupt` may spoil a block before it goes out. */
export function seedWith(
  peer: ScriptedPeer,
  torrent: TestTorrent,
  corrupt: (block: Buffer, piece: number, begin: number) => Buffer = (block) => block,
): void {
  const already = peer.onMessage
  peer.onMessage = (received) => {
    if (received.id !== ID.request) return already(received)
    const [piece, begin, length] = [0, 4, 8].map((at) => received.payload.readUInt32BE(at)) as [number, number, number]
    const start = piece * torrent.pieceLength + begin
    const block = corrupt(Buffer.from(torrent.data.subarray(start, start + length)), piece, begin)
    peer.send(message(ID.piece, [piece, begin], block))
    return true
  }
  peer.send(message(ID.haveAll), message(ID.unchoke))
}
