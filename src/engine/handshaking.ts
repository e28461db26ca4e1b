// A connection until both handshakes are through: bounded in time and bytes, and unknown to any picker or choker.
// Incoming ones say which torrent they want; outgoing ones are held to the torrent and the address we dialled for. Either may
// begin with protocol encryption: what follows it is read here all the same.
import type { Address } from '../core/address.ts'
import { equalBytes } from '../core/bytes.ts'
import type { InfoHash } from '../core/ids.ts'
import { HANDSHAKE_BYTES, readHandshake, writeHandshake } from '../core/wire/handshake.ts'
import type { MseAgreement } from '../core/wire/mse.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Transport, TransportHandler } from '../io/transport.ts'
import type { Candidate } from './candidates.ts'
import { EncryptedTransport, type Receiver } from './encrypted-transport.ts'
import { Encrypting, isEncryptedFirst } from './encrypting.ts'
import type { HalfOpen, Host } from './host.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { admitPeer } from './torrent-admit.ts'

/** libtorrent's figure. A peer that sends a byte now and then does not hold its place longer. */
export const HANDSHAKE_TIMEOUT_MS = 30_000

/** How to find what an incoming connection wants. */
export interface TorrentFinder {
  findByHash(hash: InfoHash): Torrent | undefined
  /** By `obfuscatedHash`: the torrent, and which of its hashes that is. */
  findObfuscated(obfuscated: Uint8Array): { readonly torrent: Torrent; readonly hash: InfoHash } | undefined
}

/** What was dialled, or who knows what was dialled for. */
export type Wanted = { readonly torrent: Torrent; readonly candidate: Candidate } | TorrentFinder

export class Handshaking implements TransportHandler, HalfOpen {
  readonly startedAt: number = monotonicMs()
  readonly candidate: Candidate | undefined
  readonly #session: Host
  readonly #finder: TorrentFinder | undefined
  #transport: Transport
  /** Who gets what comes, when it is no handshake in plain: the exchange before it, the cipher around it, the peer after it. */
  #receiver: Receiver | undefined
  #encrypted: EncryptedTransport | undefined
  readonly #bytes = new Uint8Array(HANDSHAKE_BYTES)
  #length = 0
  #torrent: Torrent | undefined
  /** The one that the encryption handshake was for: that of BEP 3 may name no other. */
  #promised: Torrent | undefined
  #peer: Peer | undefined
  #isDialledInPlain = false
  #hasEncryption = false
  #isAdmitted = false
  #isClosedByUs = false

  constructor(session: Host, transport: Transport, wanted: Wanted) {
    const isDialled = 'candidate' in wanted
    this.#session = session
    this.#transport = transport
    this.#finder = isDialled ? undefined : wanted
    this.#torrent = isDialled ? wanted.torrent : undefined
    this.candidate = isDialled ? wanted.candidate : undefined
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
    this.#isClosedByUs = true
    this.#transport.close()
  }

  onConnect(): void {
    if (this.#torrent === undefined || this.candidate === undefined) return
    this.#isDialledInPlain = !isEncryptedFirst(this.#session.encryption, this.candidate)
    if (this.#isDialledInPlain) this.#sendHandshake(this.#torrent)
    else this.#dialEncryption(this.#torrent)
  }

  onBytes(buf: Uint8Array, start: number, end: number): void {
    if (this.#receiver !== undefined) return this.#receiver.onBytes(buf, start, end)
    this.#onHandshakeBytes(buf, start, end)
  }

  #onHandshakeBytes(buf: Uint8Array, start: number, end: number): void {
    const taken = Math.min(end - start, HANDSHAKE_BYTES - this.#length)
    this.#bytes.set(buf.subarray(start, start + taken), this.#length)
    this.#length += taken
    const violation = this.#read()
    if (violation === 'bad-handshake' && this.#mayBeEncryption()) {
      const length = this.#length
      this.#length = 0
      this.#answerEncryption()
      this.onBytes(this.#bytes, 0, length)
      if (start + taken < end) this.onBytes(buf, start + taken, end)
      return
    }
    if (violation !== undefined) return this.#refuse(violation)
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
      if (this.#session.encryption === 'required' && !this.#hasEncryption) return 'bad-encryption'
      const torrent = this.#finder?.findByHash(handshake.infoHash)
      if (torrent?.isOnline !== true || torrent !== (this.#promised ?? torrent)) return 'wrong-info-hash'
      this.#torrent = torrent
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
    } else if (this.#encrypted === undefined) {
      this.#receiver = this.#peer
    } else {
      this.#encrypted.handOver(this.#peer)
    }
    return undefined
  }

  #refuse(violation: Violation): void {
    this.#session.countViolation(violation)
    this.close()
  }

  /** A dialled connection ended before its handshake was through. */
  #release(): void {
    if (this.#isAdmitted || this.candidate === undefined || this.#torrent === undefined) return
    const { candidates } = this.#torrent
    this.#torrent.connecting--
    if (this.#isRefusedInPlain()) candidates.refusedInPlain(this.candidate, monotonicMs())
    else candidates.released(this.candidate, monotonicMs(), false)
  }

  #sendHandshake(torrent: Torrent, answerTo = torrent.wireHashes[0]): void {
    if (answerTo !== undefined) this.#transport.send(this.#ourHandshake(torrent, answerTo))
  }

  #ourHandshake(torrent: Torrent, answerTo: InfoHash): Uint8Array {
    const ours = new Uint8Array(HANDSHAKE_BYTES)
    const isHybrid = torrent.wireHashes.length > 1
    writeHandshake(ours, 0, answerTo, this.#session.peerId, { extended: true, fast: true, dht: false, v2: isHybrid })
    return ours
  }

  // Encryption

  /** Whoever closes at our handshake and says nothing may want it. */
  #isRefusedInPlain(): boolean {
    const isSilent = this.#isDialledInPlain && this.#length === 0 && !this.#isClosedByUs
    return isSilent && this.#session.encryption === 'allowed'
  }

  /** What begins with no handshake that we know, once. */
  #mayBeEncryption(): boolean {
    if (this.#finder === undefined || this.#hasEncryption || this.#session.encryption === 'off') return false
    return this.#session.mayAnswerEncryption()
  }

  #dialEncryption(torrent: Torrent): void {
    const [hash] = torrent.wireHashes
    if (hash === undefined) return
    const { encryption } = this.#session
    const ours = this.#ourHandshake(torrent, hash)
    this.#receiver = Encrypting.dial(this.#transport, encryption, hash, ours, (...agreed) => this.#agreed(...agreed))
  }

  #answerEncryption(): void {
    const find = (obfuscated: Uint8Array): InfoHash | undefined => {
      const found = this.#finder?.findObfuscated(obfuscated)
      this.#promised = found?.torrent
      return found?.hash
    }
    const { encryption } = this.#session
    this.#receiver = Encrypting.answer(this.#transport, encryption, find, (...agreed) => this.#agreed(...agreed))
  }

  /** From here on the handshake of BEP 3: its beginning is the payload of who dialled, its rest follows. */
  #agreed(outcome: MseAgreement | Violation, buf: Uint8Array, start: number, end: number): void {
    if (typeof outcome === 'string') return this.#refuse(outcome)
    const { ciphers, payload } = outcome
    this.#hasEncryption = true
    this.#receiver = undefined
    if (ciphers !== undefined) {
      const onBytes = this.#onHandshakeBytes.bind(this)
      this.#encrypted = new EncryptedTransport(this.#transport, ciphers, { onBytes })
      this.#transport = this.#encrypted
      this.#receiver = this.#encrypted
    }
    if (this.#finder !== undefined) this.#onHandshakeBytes(payload, 0, payload.length)
    if (start < end && !this.#isClosedByUs) this.onBytes(buf, start, end)
  }
}
