// Message Stream Encryption, which other clients call protocol encryption: what goes before the handshake of BEP 3 where
// a connection should not be known for BitTorrent. There is no BEP; the text is "Message Stream Encryption" in Vuze's wiki.
//
//   A (dialled)   Ya, PadA ─▶
//                                                                                           ◀─ Yb, PadB
//                 HASH('req1', S), HASH('req2', SKEY) ^ HASH('req3', S),
//                 ENCRYPT(VC, provide, len(PadC), PadC, len(IA), IA) ─▶
//                                                                  ◀─ ENCRYPT(VC, select, len(PadD), PadD)
//
// S is what Diffie and Hellman agree on, SKEY the info-hash, VC eight zeros, IA the first bytes of the connection itself.
// Each side finds the end of the other's padding by what must come next.
import {
  compareBytes,
  concatBytes,
  equalBytes,
  fromHex,
  fromLatin1,
  readU16,
  readU32,
  writeU16,
  writeU32,
} from '../bytes.ts'
import { Rc4 } from './rc4.ts'
import type { Violation } from './violation.ts'

/** The prime, big-endian; the generator is 2. */
export const MSE_PRIME =
  fromHex(
    'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD' +
      'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A36210000000000090563',
  ) ?? new Uint8Array(0)
export const MSE_KEY_BYTES = 96
export const MAX_PAD_BYTES = 512
/** What may be offered and chosen; offered as a sum. */
export const CIPHER = { plaintext: 1, rc4: 2 } as const

const HASH_BYTES = 20
const VC_BYTES = 8
const RC4_SKIP = 1_024
const [ONE, LAST] = [new Uint8Array(MSE_KEY_BYTES), MSE_PRIME.slice()]
ONE[MSE_KEY_BYTES - 1] = 1
LAST[MSE_KEY_BYTES - 1] = 0x62 // P - 1

/** What this needs of cryptography: io/mse-crypto.ts. */
export interface MseCrypto {
  sha1(bytes: Uint8Array): Uint8Array
  random(bytes: number): Uint8Array
  /** 0 to MAX_PAD_BYTES, at random. */
  padLength(): number
  newKeys(): MseKeys
}

export interface MseKeys {
  /** MSE_KEY_BYTES, with leading zeros; so is what `secretWith` gives. */
  readonly publicKey: Uint8Array
  secretWith(theirKey: Uint8Array): Uint8Array
}

export interface MseDial {
  readonly infoHash: Uint8Array
  /** The first bytes of what is to be said: they need no round trip of their own. */
  readonly payload: Uint8Array
  /** Whether plaintext after the handshake is good enough. */
  readonly allowsPlaintext: boolean
}

export interface MseAnswer {
  /** The info-hash of which this is the `obfuscatedHash`, if we have it. */
  readonly find: (obfuscated: Uint8Array) => Uint8Array | undefined
  readonly allowsPlaintext: boolean
}

/** What is agreed. */
export interface MseAgreement {
  /** Absent where both sides go on in plaintext. */
  readonly ciphers: { readonly incoming: Rc4; readonly outgoing: Rc4 } | undefined
  /** Of the side that dialled. In its own array. */
  readonly payload: Uint8Array
}

/** Asks for so many bytes, and gets them in an array of their own. */
type Steps<Outcome> = Generator<number, Outcome, Uint8Array>
type Send = (bytes: Uint8Array) => void

/** One side's part, with bytes that come cut anywhere. It holds no more than it waits for: 65,535 bytes at most. */
export class MseHandshake {
  readonly #steps: Steps<MseAgreement | Violation>
  #outcome: MseAgreement | Violation | undefined
  #wanted: Uint8Array = new Uint8Array(0)
  #length = 0

  private constructor(steps: Steps<MseAgreement | Violation>) {
    this.#steps = steps
    this.#advance()
  }

  /** Begins at once. What is given to `send` is not changed any more. */
  static dial(crypto: MseCrypto, send: Send, options: MseDial): MseHandshake {
    return new MseHandshake(dial(crypto, send, options))
  }

  /** Says nothing before it has heard a public key. */
  static answer(crypto: MseCrypto, send: Send, options: MseAnswer): MseHandshake {
    return new MseHandshake(answer(crypto, send, options))
  }

  /** Set when it is over, well or not. */
  get outcome(): MseAgreement | Violation | undefined {
    return this.#outcome
  }

  /** Returns where what comes after the handshake begins: still encrypted, if that was agreed. */
  push(buf: Uint8Array, start: number, end: number): number {
    let at = start
    while (this.#outcome === undefined) {
      const taken = Math.min(this.#wanted.length - this.#length, end - at)
      this.#wanted.set(buf.subarray(at, at + taken), this.#length)
      this.#length += taken
      at += taken
      if (this.#length < this.#wanted.length) break
      this.#advance()
    }
    return at
  }

  #advance(): void {
    const step = this.#steps.next(this.#wanted)
    if (step.done === true) this.#outcome = step.value
    else this.#wanted = new Uint8Array(step.value)
    this.#length = 0
  }
}

/** How an info-hash is named to whoever has it, and to nobody else. */
export function obfuscatedHash(crypto: Pick<MseCrypto, 'sha1'>, infoHash: Uint8Array): Uint8Array {
  return hashOf(crypto, 'req2', infoHash)
}

function* dial(crypto: MseCrypto, send: Send, options: MseDial): Steps<MseAgreement | Violation> {
  const { infoHash, payload, allowsPlaintext } = options
  const keys = crypto.newKeys()
  send(greeting(crypto, keys))
  const theirKey = yield MSE_KEY_BYTES
  if (!isPublicKey(theirKey)) return 'bad-encryption'
  const secret = keys.secretWith(theirKey)
  const outgoing = cipherOf(crypto, 'keyA', secret, infoHash)
  const incoming = cipherOf(crypto, 'keyB', secret, infoHash)

  const provided = CIPHER.rc4 | (allowsPlaintext ? CIPHER.plaintext : 0)
  const offer = concatBytes([withPad(crypto, provided), new Uint8Array(2), payload])
  writeU16(offer, offer.length - payload.length - 2, payload.length)
  outgoing.apply(offer, 0, offer.length)
  const named = xor(obfuscatedHash(crypto, infoHash), hashOf(crypto, 'req3', secret))
  send(concatBytes([hashOf(crypto, 'req1', secret), named, offer]))

  const mark = new Uint8Array(VC_BYTES)
  incoming.apply(mark, 0, VC_BYTES)
  if (!(yield* find(mark))) return 'bad-encryption'
  const choice = yield 6
  incoming.apply(choice, 0, choice.length)
  const [selected, pad] = [readU32(choice, 0), readU16(choice, 4)]
  const isOffered = selected === CIPHER.rc4 || (selected === CIPHER.plaintext && allowsPlaintext)
  if (!isOffered || pad > MAX_PAD_BYTES) return 'bad-encryption'
  incoming.apply(yield pad, 0, pad)
  return { ciphers: selected === CIPHER.rc4 ? { incoming, outgoing } : undefined, payload }
}

function* answer(crypto: MseCrypto, send: Send, options: MseAnswer): Steps<MseAgreement | Violation> {
  const theirKey = yield MSE_KEY_BYTES
  if (!isPublicKey(theirKey)) return 'bad-encryption'
  const keys = crypto.newKeys()
  const secret = keys.secretWith(theirKey)
  send(greeting(crypto, keys))

  if (!(yield* find(hashOf(crypto, 'req1', secret)))) return 'bad-encryption'
  // Read together: that we do not have a torrent must not show earlier than that a key is wrong.
  const head = yield HASH_BYTES + VC_BYTES + 6
  const infoHash = options.find(xor(head.subarray(0, HASH_BYTES), hashOf(crypto, 'req3', secret)))
  if (infoHash === undefined) return 'bad-encryption'
  const incoming = cipherOf(crypto, 'keyA', secret, infoHash)
  const outgoing = cipherOf(crypto, 'keyB', secret, infoHash)
  incoming.apply(head, HASH_BYTES, head.length)
  const isRight = head.subarray(HASH_BYTES, HASH_BYTES + VC_BYTES).every((byte) => byte === 0)
  const [provided, pad] = [readU32(head, HASH_BYTES + VC_BYTES), readU16(head, HASH_BYTES + VC_BYTES + 4)]
  const selected = select(provided, options.allowsPlaintext)
  if (!isRight || selected === undefined || pad > MAX_PAD_BYTES) return 'bad-encryption'
  const tail = yield pad + 2
  incoming.apply(tail, 0, tail.length)
  const payload = yield readU16(tail, pad)
  incoming.apply(payload, 0, payload.length)

  const chosen = withPad(crypto, selected)
  outgoing.apply(chosen, 0, chosen.length)
  send(chosen)
  return { ciphers: selected === CIPHER.rc4 ? { incoming, outgoing } : undefined, payload }
}

/** Plaintext costs nothing. Bits that we do not know are ciphers of others. */
function select(provided: number, allowsPlaintext: boolean): number | undefined {
  if (allowsPlaintext && (provided & CIPHER.plaintext) !== 0) return CIPHER.plaintext
  return (provided & CIPHER.rc4) === 0 ? undefined : CIPHER.rc4
}

/** Reads until `mark` has come, after no more than the longest padding. */
function* find(mark: Uint8Array): Steps<boolean> {
  const latest = yield mark.length
  for (let skipped = 0; !equalBytes(latest, mark); skipped++) {
    if (skipped === MAX_PAD_BYTES) return false
    const [next = 0] = yield 1
    latest.copyWithin(0, 1)
    latest[latest.length - 1] = next
  }
  return true
}

function greeting(crypto: MseCrypto, keys: MseKeys): Uint8Array {
  return concatBytes([keys.publicKey, crypto.random(crypto.padLength())])
}

/** VC, ciphers, length of the padding, padding: of zeros, which are encrypted. */
function withPad(crypto: MseCrypto, ciphers: number): Uint8Array {
  const pad = crypto.padLength()
  const bytes = new Uint8Array(VC_BYTES + 6 + pad)
  writeU32(bytes, VC_BYTES, ciphers)
  writeU16(bytes, VC_BYTES + 4, pad)
  return bytes
}

/** With 0, 1, or P - 1 anybody knows what is agreed on. */
function isPublicKey(key: Uint8Array): boolean {
  return compareBytes(key, ONE) > 0 && compareBytes(key, LAST) < 0
}

function cipherOf(crypto: MseCrypto, word: string, secret: Uint8Array, infoHash: Uint8Array): Rc4 {
  return new Rc4(hashOf(crypto, word, secret, infoHash), RC4_SKIP)
}

function hashOf(crypto: Pick<MseCrypto, 'sha1'>, word: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return crypto.sha1(concatBytes([fromLatin1(word), ...parts]))
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0))
}
