// An announce over HTTP on the tracker's quick way: its query is read byte by byte into memory that is used again, and the
// answer is written from there. A query that this does not understand goes the way of http-announce.ts, which says the same.
import { fromLatin1, readU8, toLatin1 } from '../bytes.ts'
import { hexByte } from './http-query.ts'
import type { SwarmCall } from './swarm-call.ts'

const [AMPERSAND, EQUALS, PERCENT, ZERO] = [0x26, 0x3d, 0x25, 0x30]
/** A double holds as many digits exactly. */
const MAX_DIGITS = 15
const FIELDS = {
  port: fromLatin1('port'),
  left: fromLatin1('left'),
  event: fromLatin1('event'),
  peerId: fromLatin1('peer_id'),
  compact: fromLatin1('compact'),
  numWant: fromLatin1('numwant'),
  infoHash: fromLatin1('info_hash'),
}
const TEXTS = {
  complete: fromLatin1('d8:completei'),
  downloaded: fromLatin1('e10:downloadedi'),
  externalIp: fromLatin1('e11:external ip'),
  incomplete: fromLatin1('10:incompletei'),
  interval: fromLatin1('e8:intervali'),
  minInterval: fromLatin1('e12:min intervali'),
  peers: fromLatin1('e5:peers'),
  peers6: fromLatin1('6:peers6'),
}

/** What `HttpQuick` understood of a query besides what is in the call. */
export class HttpQuick {
  /** As many as the tracker likes. */
  numWant: number | undefined = undefined
  #port = 0
  readonly #id = new Uint8Array(20)

  /** Fills in the question of `call`, but for the address. False: read it in the slow way, which knows what is wrong. */
  read(bytes: Uint8Array, start: number, end: number, call: SwarmCall): boolean {
    let hasHash = false
    let hasId = false
    let port = -1
    let left = -1
    let event = ''
    this.numWant = undefined
    for (let at = start; at < end; ) {
      const equals = indexOf(bytes, EQUALS, at, end)
      const next = indexOf(bytes, AMPERSAND, at, end)
      if (equals >= next) return false
      const valueAt = equals + 1
      switch (equals - at) {
        case 4:
          if (isAt(bytes, at, FIELDS.port)) port = readNumber(bytes, valueAt, next)
          else if (isAt(bytes, at, FIELDS.left)) left = readNumber(bytes, valueAt, next)
          break
        case 5:
          if (isAt(bytes, at, FIELDS.event)) event = toLatin1(bytes.subarray(valueAt, next))
          break
        case 7:
          if (isAt(bytes, at, FIELDS.peerId)) hasId = decode20(bytes, valueAt, next, this.#id)
          else if (isAt(bytes, at, FIELDS.compact) && bytes[valueAt] === ZERO) return false
          else if (isAt(bytes, at, FIELDS.numWant)) {
            const wanted = readNumber(bytes, valueAt, next)
            if (wanted === -1) return false
            this.numWant = wanted
          }
          break
        case 9:
          if (!isAt(bytes, at, FIELDS.infoHash)) break
          if (hasHash) return false
          hasHash = decode20(bytes, valueAt, next, call.infoHash)
      }
      at = next + 1
    }
    if (!hasHash || !hasId || port < 0 || port > 65_535 || left < 0) return false
    if (event !== '' && event !== 'started' && event !== 'stopped' && event !== 'completed' && event !== 'paused') {
      return false
    }
    call.isSeed = left === 0
    call.isStopped = event === 'stopped'
    call.hasCompleted = event === 'completed'
    call.isSeedWelcome = !call.isSeed && event !== 'paused'
    call.isOtherFamilyWelcome = true
    this.#port = port
    return true
  }

  /** The other half of the question: where it came from, 4 or 16 bytes. */
  setCaller(call: SwarmCall, ip: Uint8Array): void {
    const { address } = call
    address.fill(0)
    for (let i = 0; i < ip.length; i++) address[i] = ip[i] ?? 0
    address[ip.length] = this.#port >>> 8
    address[ip.length + 1] = this.#port
    call.addressWords = ip.length === 4 ? 1 : 4
  }
}

/** Writes what `call` was answered at `at`; returns where it ends. The same bytes as `writeAnnounceAnswer`. */
export function writeHttpQuick(
  call: SwarmCall,
  intervalSec: number,
  minIntervalSec: number,
  ip: Uint8Array,
  out: Uint8Array,
  at: number,
): number {
  let end = putNumber(out, put(out, at, TEXTS.complete), call.seeders)
  end = putNumber(out, put(out, end, TEXTS.downloaded), call.completed)
  end = putString(out, put(out, end, TEXTS.externalIp), ip, ip.length)
  end = putNumber(out, put(out, end, TEXTS.incomplete), call.leechers)
  end = putNumber(out, put(out, end, TEXTS.interval), intervalSec)
  end = putNumber(out, put(out, end, TEXTS.minInterval), minIntervalSec)
  end = putString(out, put(out, end, TEXTS.peers), call.peers4, call.peers4Count * 6)
  if (call.peers6Count > 0) end = putString(out, put(out, end, TEXTS.peers6), call.peers6, call.peers6Count * 18)
  out[end] = 0x65
  return end + 1
}

export function digitsOf(value: number): number {
  let digits = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++
  return digits
}

/** Decimal digits of a whole number that is not negative; returns where they end. */
export function putNumber(out: Uint8Array, at: number, value: number): number {
  const digits = digitsOf(value)
  for (let i = at + digits - 1, rest = value; i >= at; i--, rest = Math.floor(rest / 10)) out[i] = 0x30 + (rest % 10)
  return at + digits
}

function putString(out: Uint8Array, at: number, bytes: Uint8Array, length: number): number {
  let end = putNumber(out, at, length)
  out[end++] = 0x3a
  for (let i = 0; i < length; i++) out[end++] = bytes[i] ?? 0
  return end
}

function isAt(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}

function put(out: Uint8Array, at: number, text: Uint8Array): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text[i] ?? 0
  return at + text.length
}

/** `end` if it is not there. */
function indexOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === byte) return at
  return end
}

/** -1: it is none, or too long. */
function readNumber(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > MAX_DIGITS) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = readU8(bytes, at) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** Twenty bytes, some of them as `%XX`. False: there are more, or fewer, or what looks like one and is none. */
function decode20(bytes: Uint8Array, start: number, end: number, out: Uint8Array): boolean {
  let length = 0
  for (let at = start; at < end; at++) {
    let byte = readU8(bytes, at)
    if (byte === PERCENT) {
      if (at + 2 >= end) return false
      byte = hexByte(readU8(bytes, at + 1), readU8(bytes, at + 2))
      if (byte < 0) return false
      at += 2
    }
    if (length === 20) return false
    out[length++] = byte
  }
  return length === 20
}
