// SHA-1 of two messages of one length at once: a processor with SHA instructions does both in little more time than one
// (sha1-pair.s has why). On Linux and x64, with the koffi package; elsewhere they are hashed one after the other.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type koffi from 'koffi'
import { assert } from '../core/errors.ts'

/** Beside this module, in the sources and when built. */
const LIBRARY = new URL('./sha1-pair.linux-x64.so', import.meta.url)
/** What a pair is given at a time is a multiple of it. */
export const PAIR_UNIT_BYTES = 64
/** To load the code takes 10 ms, in which so much is hashed without it. */
const BYTES_BEFORE_LOADING = 16 * 1024 * 1024
/** FIPS 180-4, 5.3.1. */
const INITIAL_STATE = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
const WORDS = INITIAL_STATE.length

type HashBlocks = (states: Uint32Array, first: Uint8Array, second: Uint8Array, blocks: number) => void

let hashBlocks: HashBlocks | undefined
let hashedBytes = 0

/** So much is about to be hashed without pairs: what is there for them is loaded once that is worth while. */
export function countUnpaired(bytes: number): void {
  if (hashedBytes >= BYTES_BEFORE_LOADING) return
  hashedBytes += bytes
  if (hashedBytes >= BYTES_BEFORE_LOADING) hashBlocks = load()
}

/** Whether this thread hashes pairs. Undefined: it has hashed too little to have tried. */
export function hashesPairs(): boolean | undefined {
  return hashedBytes < BYTES_BEFORE_LOADING ? undefined : hashBlocks !== undefined
}

function load(): HashBlocks | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  try {
    const { load: open } = createRequire(import.meta.url)('koffi') as typeof koffi
    const library = open(fileURLToPath(LIBRARY))
    const canRun = library.func('int sha1_pair_can_run(void)') as () => number
    if (canRun() === 0) return undefined
    return library.func('void sha1_pair(void *states, const void *first, const void *second, size_t blocks)')
  } catch {
    return undefined // koffi is optional, and a system may refuse to load code from here
  }
}

/** Only where `hashesPairs`. */
export class Sha1Pair {
  readonly #states = Uint32Array.from([...INITIAL_STATE, ...INITIAL_STATE])
  #lengthBytes = 0

  /** The next bytes of both: as many of each, and a multiple of PAIR_UNIT_BYTES. */
  update(first: Uint8Array, second: Uint8Array): void {
    assert(hashBlocks !== undefined, 'pairs can be hashed')
    assert(first.length === second.length && first.length % PAIR_UNIT_BYTES === 0, 'as many blocks of both')
    hashBlocks(this.#states, first, second, first.length / PAIR_UNIT_BYTES)
    this.#lengthBytes += first.length
  }

  /** 20 bytes each. Nothing comes after it. */
  digests(): [Uint8Array, Uint8Array] {
    const end = new DataView(new ArrayBuffer(PAIR_UNIT_BYTES))
    end.setUint8(0, 0x80)
    end.setBigUint64(PAIR_UNIT_BYTES - 8, BigInt(this.#lengthBytes) * 8n)
    const endBytes = new Uint8Array(end.buffer)
    this.update(endBytes, endBytes)
    return [this.#digest(this.#states.subarray(0, WORDS)), this.#digest(this.#states.subarray(WORDS))]
  }

  #digest(state: Uint32Array): Uint8Array {
    const digest = new DataView(new ArrayBuffer(WORDS * 4))
    for (const [n, word] of state.entries()) digest.setUint32(n * 4, word)
    return new Uint8Array(digest.buffer)
  }
}
