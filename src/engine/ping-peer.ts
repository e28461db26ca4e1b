// How long a peer takes to answer a handshake (BEP 3), over a connection of its own that carries nothing else.
import { randomBytes } from 'node:crypto'
import { type Address, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { makePeerId } from '../core/ids.ts'
import { clientName } from '../core/wire/client-name.ts'
import { HANDSHAKE_BYTES, readHandshake, writeHandshake } from '../core/wire/handshake.ts'
import type { MseAgreement } from '../core/wire/mse.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Transport, TransportHandler } from '../io/transport.ts'
import { version } from '../io/version.ts'
import { EncryptedTransport, type Receiver } from './encrypted-transport.ts'
import { Encrypting } from './encrypting.ts'
import type { Torrent } from './torrent.ts'

const TIMEOUT_MS = 10_000

export interface Pong {
  /** Until the connection stood, and from then until the handshake was answered. */
  readonly connectMs: number
  readonly answerMs: number
  readonly client: string
}

/** A peer answers for torrents that it has. Throws AppError: 'timeout', 'not-found', 'bad-answer', or of the network. */
export function pingPeer(torrent: Torrent, address: Address): Promise<Pong> {
  const { promise, resolve, reject } = Promise.withResolvers<Pong>()
  const { session } = torrent
  const from = session.sourceIp(address)
  const ping = new Ping(torrent, printAddress(address), resolve, reject)
  session.network.connect(address, (transport) => ping.over(transport), from === undefined ? {} : { from })
  return promise.finally(() => ping.end())
}

class Ping implements TransportHandler {
  readonly #torrent: Torrent
  readonly #whom: string
  readonly #resolve: (pong: Pong) => void
  readonly #reject: (error: AppError) => void
  readonly #timer: NodeJS.Timeout
  readonly #bytes = new Uint8Array(HANDSHAKE_BYTES)
  readonly #beganAt = monotonicMs()
  #length = 0
  #connectedAt: number | undefined
  #transport: Transport | undefined
  /** Who gets what comes where nothing is said in plain. */
  #receiver: Receiver | undefined

  constructor(torrent: Torrent, whom: string, resolve: (pong: Pong) => void, reject: (error: AppError) => void) {
    this.#torrent = torrent
    this.#whom = whom
    this.#resolve = resolve
    this.#reject = reject
    const late = (): void => reject(new AppError('timeout', `${whom} did not answer within ${TIMEOUT_MS / 1000} s`))
    this.#timer = setTimeout(late, TIMEOUT_MS)
  }

  over(transport: Transport): this {
    this.#transport = transport
    return this
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#transport?.close()
  }

  onConnect(): void {
    this.#connectedAt = monotonicMs()
    const [hash] = this.#torrent.wireHashes
    const transport = this.#transport
    if (hash === undefined || transport === undefined) return
    const ours = new Uint8Array(HANDSHAKE_BYTES)
    // Not the session's own id: the peer would take this for a second connection, and end one of them.
    const id = makePeerId(version(), randomBytes(12))
    writeHandshake(ours, 0, hash, id, { extended: true, fast: true, dht: false, v2: false })
    const { encryption } = this.#torrent.session
    if (encryption === 'required') {
      this.#receiver = Encrypting.dial(transport, encryption, hash, ours, (...agreed) => this.#agreed(...agreed))
    } else {
      transport.send(ours)
    }
  }

  #agreed(outcome: MseAgreement | Violation, buf: Uint8Array, start: number, end: number): void {
    const { ciphers } = typeof outcome === 'string' ? { ciphers: undefined } : outcome
    if (ciphers === undefined || this.#transport === undefined) {
      return this.#reject(new AppError('bad-answer', `${this.#whom} answered, but does not speak encrypted BitTorrent`))
    }
    const onBytes = this.#onHandshakeBytes.bind(this)
    this.#receiver = new EncryptedTransport(this.#transport, ciphers, { onBytes })
    if (start < end) this.onBytes(buf, start, end)
  }

  onBytes(buf: Uint8Array, start: number, end: number): void {
    if (this.#receiver !== undefined) this.#receiver.onBytes(buf, start, end)
    else this.#onHandshakeBytes(buf, start, end)
  }

  #onHandshakeBytes(buf: Uint8Array, start: number, end: number): void {
    const taken = Math.min(end - start, HANDSHAKE_BYTES - this.#length)
    this.#bytes.set(buf.subarray(start, start + taken), this.#length)
    this.#length += taken
    const handshake = readHandshake(this.#bytes, 0, this.#length)
    if (handshake === undefined) return
    if (typeof handshake === 'string') {
      return this.#reject(new AppError('bad-answer', `${this.#whom} answered, but does not speak BitTorrent`))
    }
    if (handshake.peerId === undefined) return
    const connectedAt = this.#connectedAt ?? this.#beganAt
    this.#resolve({
      connectMs: connectedAt - this.#beganAt,
      answerMs: monotonicMs() - connectedAt,
      client: clientName(handshake.peerId),
    })
  }

  onDrain(): void {}

  onClose(error?: AppError): void {
    const { name } = this.#torrent
    const silent = `${this.#whom} is there, but closed the connection: it does not have ${name}, wants no peers now, or only encrypted ones`
    this.#reject(error ?? new AppError('not-found', silent))
  }
}
