// What happens at a peer, and what its torrent does about it: the table of contents of torrent-*.ts.
import type { MessageId } from '../core/wire/messages.ts'
import type { Violation } from '../core/wire/violation.ts'
import type { Peer, PeerEvents } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { onBlock, onBlockEnd } from './torrent-blocks.ts'
import { onMessage, onPayload } from './torrent-messages.ts'
import { dropPeer, forgetPeer } from './torrent-peers.ts'
import { fillRequestWindow } from './torrent-requests.ts'
import { suggestMore } from './torrent-suggest.ts'
import { pumpUploads } from './torrent-upload.ts'

export class TorrentEvents implements PeerEvents {
  readonly #torrent: Torrent

  constructor(torrent: Torrent) {
    this.#torrent = torrent
  }

  onMessage(peer: Peer, id: MessageId, a: number, b: number, c: number): Violation | undefined {
    return onMessage(this.#torrent, peer, id, a, b, c)
  }

  onPayload(peer: Peer, id: MessageId, payload: Uint8Array): Violation | undefined {
    return onPayload(this.#torrent, peer, id, payload)
  }

  onBlock(peer: Peer, index: number, begin: number, length: number): Violation | undefined {
    return onBlock(this.#torrent, peer, index, begin, length)
  }

  onBlockEnd(peer: Peer): Violation | undefined {
    return onBlockEnd(this.#torrent, peer)
  }

  onRead(peer: Peer): void {
    fillRequestWindow(this.#torrent, peer)
    if (peer.requests.size === 0) return
    suggestMore(this.#torrent, peer)
    pumpUploads(this.#torrent, peer)
    peer.updateReading()
  }

  onWritable(peer: Peer): void {
    pumpUploads(this.#torrent, peer)
    peer.updateReading()
  }

  onMemory(peer: Peer): void {
    fillRequestWindow(this.#torrent, peer)
  }

  onViolation(peer: Peer, violation: Violation): void {
    dropPeer(this.#torrent, peer, violation)
  }

  onClosed(peer: Peer): void {
    forgetPeer(this.#torrent, peer, peer.hasSpoken)
  }
}
