// A Transport around another: RC4 both ways, as agreed by core/wire/mse.ts. What comes is decrypted where it lies, in the
// receive buffer; what is sent is encrypted in a copy, because the same bytes go to other peers, too.
import type { Address } from '../core/address.ts'
import type { Rc4 } from '../core/wire/rc4.ts'
import type { Transport, TransportHandler } from '../io/transport.ts'

export interface Ciphers {
  readonly incoming: Rc4
  readonly outgoing: Rc4
}

/** Who gets what comes; connecting and closing it hears from the transport below. */
export type Receiver = Pick<TransportHandler, 'onBytes'>

export class EncryptedTransport implements Transport, Receiver {
  readonly #below: Transport
  readonly #ciphers: Ciphers
  #receiver: Receiver

  constructor(below: Transport, ciphers: Ciphers, receiver: Receiver) {
    this.#below = below
    this.#ciphers = ciphers
    this.#receiver = receiver
  }

  /** From now on what comes is for somebody else. */
  handOver(receiver: Receiver): void {
    this.#receiver = receiver
  }

  /** What the transport below got. */
  onBytes(buf: Uint8Array, start: number, end: number): void {
    this.#ciphers.incoming.apply(buf, start, end)
    this.#receiver.onBytes(buf, start, end)
  }

  get remote(): Address {
    return this.#below.remote
  }

  get local(): Address {
    return this.#below.local
  }

  get queuedBytes(): number {
    return this.#below.queuedBytes
  }

  send(bytes: Uint8Array, sent?: () => void): boolean {
    // Not `slice`, which for a Buffer makes no copy.
    const copy = new Uint8Array(bytes)
    this.#ciphers.outgoing.apply(copy, 0, copy.length)
    return this.#below.send(copy, sent)
  }

  cork(): void {
    this.#below.cork()
  }

  uncork(): void {
    this.#below.uncork()
  }

  pause(): void {
    this.#below.pause()
  }

  resume(): void {
    this.#below.resume()
  }

  close(): void {
    this.#below.close()
  }
}
