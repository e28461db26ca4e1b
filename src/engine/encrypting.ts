// Protocol encryption of one connection, in front of the handshake of BEP 3: whether there is any, and what is agreed on.
// What follows comes and goes through an EncryptedTransport, or as it is.
import type { InfoHash } from '../core/ids.ts'
import { type MseAgreement, MseHandshake } from '../core/wire/mse.ts'
import type { Violation } from '../core/wire/violation.ts'
import { nodeMseCrypto } from '../io/mse-crypto.ts'
import type { Transport } from '../io/transport.ts'
import type { Candidate } from './candidates.ts'
import type { Receiver } from './encrypted-transport.ts'
import type { EncryptionMode } from './encryption-mode.ts'

/** How to begin with who is dialled. */
export function isEncryptedFirst(mode: EncryptionMode, candidate: Candidate): boolean {
  return mode === 'required' || (mode === 'allowed' && candidate.wantsEncryption)
}

/** Called once; what is left of the bytes that ended the exchange is for whoever comes next. */
export type OnAgreed = (outcome: MseAgreement | Violation, buf: Uint8Array, start: number, end: number) => void

export class Encrypting implements Receiver {
  readonly #exchange: MseHandshake
  readonly #onAgreed: OnAgreed

  private constructor(exchange: MseHandshake, onAgreed: OnAgreed) {
    this.#exchange = exchange
    this.#onAgreed = onAgreed
  }

  /** We dialled. `payload` goes with the exchange, before it is known whether what comes after it will be encrypted. */
  static dial(
    transport: Transport,
    mode: EncryptionMode,
    infoHash: InfoHash,
    payload: Uint8Array,
    onAgreed: OnAgreed,
  ): Encrypting {
    const options = { infoHash, payload, allowsPlaintext: mode !== 'required' }
    return new Encrypting(MseHandshake.dial(nodeMseCrypto, sendTo(transport), options), onAgreed)
  }

  /** We were dialled. `find` gives the info-hash of which it is told `obfuscatedHash`. */
  static answer(
    transport: Transport,
    mode: EncryptionMode,
    find: (obfuscated: Uint8Array) => Uint8Array | undefined,
    onAgreed: OnAgreed,
  ): Encrypting {
    const options = { find, allowsPlaintext: mode !== 'required' }
    return new Encrypting(MseHandshake.answer(nodeMseCrypto, sendTo(transport), options), onAgreed)
  }

  onBytes(buf: Uint8Array, start: number, end: number): void {
    const rest = this.#exchange.push(buf, start, end)
    const { outcome } = this.#exchange
    if (outcome !== undefined) this.#onAgreed(outcome, buf, rest, end)
  }
}

function sendTo(transport: Transport): (bytes: Uint8Array) => void {
  return (bytes) => void transport.send(bytes)
}
