// BEP 52 messages that carry parts of a file's Merkle tree: hash request, hashes, hash reject. All three begin alike:
//
//   | root of the file 32 | base layer u32 | index u32 | length u32 | proof layers u32 | hashes: 32 bytes each |
//   0                     32               36          40           44                 48
//
// The hashes are `length` of the base layer from `index` on, then one uncle of each proof layer, from the bottom up.
import { readU32, writeU32 } from '../bytes.ts'
import type { Violation } from './violation.ts'

export interface HashRequest {
  /** Root of the file's tree, 32 bytes. */
  readonly root: Uint8Array
  /** Layers above the leaves, which are 16 KiB each and layer 0. */
  readonly baseLayer: number
  /** First hash wanted, counted in its layer. */
  readonly index: number
  /** How many hashes of the base layer. */
  readonly length: number
  /** How many layers above it the proof covers. */
  readonly proofLayers: number
}

export interface Hashes {
  readonly request: HashRequest
  /** Base layer, then uncles, 32 bytes each. */
  readonly hashes: Uint8Array
}

export const HASH_BYTES = 32
/** Size of the payload of a hash request or hash reject. */
export const HASH_REQUEST_BYTES = 48
/** BEP 52: requests should not be longer. */
export const MAX_HASHES = 512
/** A tree over 2^53 bytes has 39 layers above its leaves. */
const MAX_LAYERS = 39

/** Does the request keep to BEP 52? One that does not is answered with a reject. */
export function isProperHashRequest(request: HashRequest): boolean {
  const { baseLayer, index, length, proofLayers } = request
  const isPowerOfTwo = (length & (length - 1)) === 0
  if (length < 2 || length > MAX_HASHES || !isPowerOfTwo || index % length !== 0) return false
  return baseLayer <= MAX_LAYERS && proofLayers <= MAX_LAYERS - baseLayer
}

/** Uncle hashes that prove `length` hashes: the lowest log2(length) - 1 layers follow from the hashes themselves. */
export function uncleCount(length: number, proofLayers: number): number {
  return Math.max(0, proofLayers - (Math.log2(length) - 1))
}

/** Payload of a hash request or, with the request it answers, of a hash reject. */
export function writeHashRequest(request: HashRequest): Uint8Array {
  return writeHashes(request, new Uint8Array(0))
}

export function writeHashes(request: HashRequest, hashes: Uint8Array): Uint8Array {
  const payload = new Uint8Array(HASH_REQUEST_BYTES + hashes.length)
  payload.set(request.root)
  writeU32(payload, 32, request.baseLayer)
  writeU32(payload, 36, request.index)
  writeU32(payload, 40, request.length)
  writeU32(payload, 44, request.proofLayers)
  payload.set(hashes, HASH_REQUEST_BYTES)
  return payload
}

/** Reads a hash request or hash reject; the result is a copy. See `isProperHashRequest` for what it may say. */
export function readHashRequest(payload: Uint8Array): HashRequest | Violation {
  return payload.length === HASH_REQUEST_BYTES ? readRequest(payload) : 'bad-hashes'
}

/** Reads a hashes message; `hashes` is a view. Whether they prove anything is for the Merkle tree to say. */
export function readHashes(payload: Uint8Array): Hashes | Violation {
  if (payload.length < HASH_REQUEST_BYTES) return 'bad-hashes'
  const request = readRequest(payload)
  if (!isProperHashRequest(request)) return 'bad-hashes'
  const count = request.length + uncleCount(request.length, request.proofLayers)
  if (payload.length !== HASH_REQUEST_BYTES + count * HASH_BYTES) return 'bad-hashes'
  return { request, hashes: payload.subarray(HASH_REQUEST_BYTES) }
}

function readRequest(payload: Uint8Array): HashRequest {
  return {
    root: payload.slice(0, 32),
    baseLayer: readU32(payload, 32),
    index: readU32(payload, 36),
    length: readU32(payload, 40),
    proofLayers: readU32(payload, 44),
  }
}
