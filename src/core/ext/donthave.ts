// Two extension messages of a few bytes: lt_donthave (BEP 54: "I no longer have this piece") and upload_only (the
// BEP 21 flag, changed after the handshake; libtorrent's form, one byte).
import { readU32, readU8, writeU32 } from '../bytes.ts'
import type { Violation } from '../wire/violation.ts'

export function writeDontHave(index: number): Uint8Array {
  const body = new Uint8Array(4)
  writeU32(body, 0, index)
  return body
}

/** The piece index, which may be out of range: BEP 54 messages about pieces that do not exist are ignored. */
export function readDontHave(body: Uint8Array): number | Violation {
  return body.length === 4 ? readU32(body, 0) : 'bad-extended'
}

export function writeUploadOnly(isUploadOnly: boolean): Uint8Array {
  return Uint8Array.of(isUploadOnly ? 1 : 0)
}

export function readUploadOnly(body: Uint8Array): boolean | Violation {
  return body.length === 1 ? readU8(body, 0) !== 0 : 'bad-extended'
}
