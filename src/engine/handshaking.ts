// A connection until both handshakes are through: bounded in time and bytes, and unknown to any picker or choker.
// Incoming ones say which torrent they want; outgoing ones are held to the torrent and the address we dialled for.
import type { Address } from '../core/address.ts'
import { equalBytes } from '../core/bytes.ts'
import type { InfoHash } from '../core/ids.ts'
import { HANDSHAKE_BYTES, readHandshake, writeHandshake } from '../core/wire/handshake.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Transport, TransportHandler } from '../io/transport.ts'
import type { Candidate } from './candidates.ts'
import type { HalfOpen, Host } from './host.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { admitPeer } from './torrent-admit.ts'

/** libtorrent's figure. A peer that sends a byte now and then does not hold its place longer. */
export const HANDSHAKE_TIMEOUT_MS = 30_000

/** What was dialled, or how to find what an incoming connection wants. */
export type Wanted =
  | { readonly torrent: Torrent; readonly candidate: Candidate }
  | ((hash: InfoHash) => Torrent | undefined)

export class Handshaking implements TransportHandler, HalfOpen {
  readonly startedAt: number = monotonicMs()
  readonly candidate: Candidate | undefined
  readonly #session: Host
  readonly #find: (hash: InfoHash) => Torrent | undefined
  readonly #transport: Transport
  readonly #bytes = new Uint8Array(HANDSHAKE_BYTES)
  #length = 0
  #torrent: Torrent | undefined
  #peer: Peer | undefined
  #isAdmitted = false

  constructor(session: Host, transport: Transport, wanted: Wanted) {
    const isIncoming = typeof wanted === 'function'
    this.#session = session
    this.#transport = transport
    this.#find = isIncoming ? wanted : () => undefined
    this.#torrent = isIncoming ? undefined : wanted.torrent
    this.candidate = isIncoming ? undefined : wanted.candidate
    session.handshaking.add(this)
  }

  get torrent(): Torrent | undefined {
    return this.#torrent
  }

  get isIncoming(): boolean {
    return this.candidate === undefined
  }

  get remote(): Address {
    return this.#transport.remote
  }

  close(): void {
    this.#transport.close()
  }

  onConnect(): void {
    if (this.#torrent !== undefined) this.#sendHandshake(this.#torrent)
  }

  onBytes(buf: Uint8Array, start: number, end: number): void {
    if (this.#peer !== undefined) return this.#peer.onBytes(buf, start, end)
    const taken = Math.min(end - start, HANDSHAKE_BYTES - this.#length)
    this.#bytes.set(buf.subarray(start, start + taken), this.#length)
    this.#length += taken
    const violation = this.#read()
    if (violation !== undefined) {
      this.#session.countViolation(violation)
      this.close()
      return
    }
    if (start + taken < end) this.#admitted()?.onBytes(buf, start + taken, end)
  }

  onDrain(): void {
    this.#peer?.onDrain()
  }

  onClose(): void {
    this.#session.handshaking.delete(this)
    if (this.#peer !== undefined) return this.#peer.onClose()
    this.#release()
  }

  /** For the compiler, which believes that what was undefined before `#read` still is. */
  #admitted(): Peer | undefined {
    return this.#peer
  }

  #read(): Violation | undefined {
    const handshake = readHandshake(this.#bytes, 0, this.#length)
    if (handshake === undefined) return undefined
    if (typeof handshake === 'string') return handshake
    if (this.#torrent === undefined) {
      this.#torrent = this.#find(handshake.infoHash)
      if (this.#torrent?.isOnline !== true) return 'wrong-info-hash'
      // BEP 52: who asks for the v1 form of a hybrid and knows v2 is answered with the v2 form: both then speak that.
      const upgraded = handshake.flags.v2 ? this.#torrent.wireHashes[1] : undefined
      this.#sendHandshake(this.#torrent, upgraded ?? handshake.infoHash)
    } else if (!this.#torrent.hasHash(handshake.infoHash)) {
      return 'wrong-info-hash'
    }
    const { peerId } = handshake
    if (peerId === undefined) return undefined
    if (equalBytes(peerId, this.#session.peerId)) {
      if (this.candidate !== undefined) this.candidate.state = 'us'
      return 'self-connection'
    }
    this.#session.handshaking.delete(this)
    if (this.candidate === undefined) this.#session.reachedBy(this.remote)
    else this.#torrent.connecting--
    this.#isAdmitted = true
    this.#peer = admitPeer(this.#torrent, this.#transport, peerId, handshake.flags, this.candidate)
    if (this.#peer === undefined) {
      if (this.candidate !== undefined) this.#torrent.candidates.released(this.candidate, monotonicMs(), false)
      this.close()
    }
    return undefined
  }

  /** A dialled connection ended before its handshake was through. */
  #release(): void {
    if (this.#isAdmitted || this.candidate === undefined || this.#torrent === undefined) return
    this.#torrent.connecting--
    this.#torrent.candidates.released(this.candidate, monotonicMs(), false)
  }

  #sendHandshake(torrent: Torrent, answerTo = torrent.wireHashes[0]): void {
    if (answerTo === undefined) return
    const ours = new Uint8Array(HANDSHAKE_BYTES)
    const isHybrid = torrent.wireHashes.length > 1
    writeHandshake(ours, 0, answerTo, this.#session.peerId, { extended: true, fast: true, dht: false, v2: isHybrid })
    this.#transport.send(ours)
  }
}
