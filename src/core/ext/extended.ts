// The extension protocol (BEP 10): which extension messages a peer takes, under which numbers, and what else it says
// about itself. Everything in the handshake is optional, and what has the wrong type counts as not said.
import { canonicalIp, ipBytes, printIp } from '../address.ts'
import { BencodeFault, type BDict, bytesOf, decodeBencode, dictOf, encodeBencode, integerOf } from '../bencode.ts'
import { cleanName } from '../wire/client-name.ts'
import type { Violation } from '../wire/violation.ts'

/** The extensions we know, with the numbers under which we take them. 0 is the handshake itself. */
export const OUR_EXTENSION_IDS = { ut_metadata: 1, lt_donthave: 2, upload_only: 3 } as const
export type ExtensionName = keyof typeof OUR_EXTENSION_IDS

export const EXTENDED_HANDSHAKE_ID = 0
/** BEP 10: outstanding requests that a peer takes if it says nothing. */
export const DEFAULT_REQQ = 250
/** 64 MiB in flight: more is a lie or a mistake. */
const MAX_REQQ = 4096
/** Metadata above this is not fetched (CONFORMANCE 46); the largest torrents known have about 8 MB. */
export const MAX_METADATA_BYTES = 10 * 1024 * 1024

/** What one handshake says, ours or theirs. Absent means not said, or nothing new in a later handshake. */
export interface ExtendedHandshake {
  /** Numbers under which the sender takes messages; 0: no longer. */
  readonly m: ReadonlyMap<ExtensionName, number>
  /** TCP port on which the sender listens. */
  readonly p?: number | undefined
  /** Name and version of the sender's client; clean when read. */
  readonly v?: string | undefined
  /** The receiver's address as the sender sees it. */
  readonly yourip?: string | undefined
  /** Outstanding requests that the sender takes, from 1 to 4,096. */
  readonly reqq?: number | undefined
  /** Size of the info dictionary in bytes (BEP 9), from 1 to 10 MiB; absent while the sender has none. */
  readonly metadataSize?: number | undefined
  /** BEP 21: the sender wants nothing more. */
  readonly uploadOnly?: boolean | undefined
}

/** The bencoded part of a handshake message: goes after `writeExtendedHeader(…, EXTENDED_HANDSHAKE_ID, …)`. */
export function writeExtendedHandshake(handshake: ExtendedHandshake): Uint8Array {
  const { m, p, v, yourip, reqq, metadataSize, uploadOnly } = handshake
  return encodeBencode({
    m: new Map(m),
    p,
    v,
    yourip: yourip === undefined ? undefined : ipBytes(yourip),
    reqq,
    metadata_size: metadataSize,
    upload_only: uploadOnly,
  })
}

/** Reads the bencoded part. Only what is no dictionary at all is a violation. */
export function readExtendedHandshake(body: Uint8Array): ExtendedHandshake | Violation {
  // Real handshakes have about 40 values. Some clients pad theirs, so bytes may follow.
  const decoded = decodeBencode(body, { maxDepth: 10, maxTokens: 2000, allowTrailing: true })
  const dict = decoded instanceof BencodeFault ? undefined : dictOf(decoded.value)
  if (dict === undefined) return 'bad-extended'
  const v = bytesOf(dict.get('v'))
  const ip = bytesOf(dict.get('yourip'))
  const reqq = integerIn(dict, 'reqq', 1, Number.MAX_SAFE_INTEGER)
  const uploadOnly = integerOf(dict.get('upload_only'))
  return {
    m: readIds(dictOf(dict.get('m'))),
    p: integerIn(dict, 'p', 1, 65_535),
    v: v === undefined ? undefined : cleanName(new TextDecoder().decode(v)) || undefined,
    yourip: ip?.length === 4 || ip?.length === 16 ? canonicalIp(printIp(ip)) : undefined,
    reqq: reqq === undefined ? undefined : Math.min(reqq, MAX_REQQ),
    metadataSize: integerIn(dict, 'metadata_size', 1, MAX_METADATA_BYTES),
    uploadOnly: uploadOnly === undefined ? undefined : uploadOnly !== 0,
  }
}

const OUR_NAMES = Object.keys(OUR_EXTENSION_IDS) as ExtensionName[]

function readIds(m: BDict | undefined): Map<ExtensionName, number> {
  const ids = new Map<ExtensionName, number>()
  for (const name of OUR_NAMES) {
    const id = m === undefined ? undefined : integerIn(m, name, 0, 255)
    if (id !== undefined) ids.set(name, id)
  }
  return ids
}

function integerIn(dict: BDict, key: string, least: number, most: number): number | undefined {
  const value = integerOf(dict.get(key))
  return value !== undefined && value >= least && value <= most ? value : undefined
}

/** The numbers of one peer, over all its handshakes: later ones add to earlier ones (BEP 10). */
export class ExtensionIds {
  readonly #ids = new Map<ExtensionName, number>()

  update(handshake: ExtendedHandshake): void {
    for (const [name, id] of handshake.m) {
      if (id === 0) this.#ids.delete(name)
      else this.#ids.set(name, id)
    }
  }

  /** The number to send this message under; `undefined` if the peer does not take it. */
  idOf(name: ExtensionName): number | undefined {
    return this.#ids.get(name)
  }
}
