// WebSocket frames of a server (RFC 6455), as bytes: what clients send, and the heads of what they are sent. Whole messages of
// a few kilobytes are what a tracker gets, so a message that lies in one read is handed on where it lies.
import { readU16, readU32, writeU16, writeU32 } from '../bytes.ts'

export interface WsFrameSink {
  /** A whole message, unmasked. The bytes are parts of what was pushed, or a copy, and not touched again. */
  message(bytes: Uint8Array, isText: boolean): void
  ping(payload: Uint8Array): void
  pong(payload: Uint8Array): void
  /** The last call. `code` is what the answer says: the same, or that the frame made no sense. */
  close(code: number): void
}

export interface WsFrameLimits {
  /** Of a message, all its frames together. */
  readonly maxBytes: number
  readonly maxFrames: number
}

/** RFC 6455, section 7.4.1. */
export const WS_CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocol: 1002,
  notUtf8: 1007,
  policy: 1008,
  tooLong: 1009,
  /** Of the same registry as the others: the tracker is full. */
  tryLater: 1013,
} as const
export type WsCloseCode = (typeof WS_CLOSE)[keyof typeof WS_CLOSE]

const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
const [FIN, RESERVED, MASKED] = [0x80, 0x70, 0x80]
const MAX_CONTROL_BYTES = 125
const [LENGTH_16, LENGTH_64] = [126, 127]

interface Head {
  readonly opcode: number
  readonly isLast: boolean
  /** Of the head, with its mask. */
  readonly bytes: number
  readonly payloadBytes: number
}

export class WsFrameReader {
  readonly #sink: WsFrameSink
  readonly #limits: WsFrameLimits
  /** The beginning of a frame whose end has not come. */
  readonly #rest = new GrowingBytes()
  /** Of a message in several frames: those that came. */
  readonly #parts = new GrowingBytes()
  #frames = 0
  #isText = false
  #messages = 0
  #isOver = false

  constructor(sink: WsFrameSink, limits: WsFrameLimits) {
    this.#sink = sink
    this.#limits = limits
  }

  /** How many messages came before the one whose end has not come; undefined: none is under way. */
  get unfinished(): number | undefined {
    return this.#rest.length > 0 || this.#frames > 0 ? this.#messages : undefined
  }

  /** What came next; it is unmasked in place. The answer: why the connection is to be closed, and nothing more is read. */
  push(chunk: Uint8Array): WsCloseCode | undefined {
    if (this.#isOver) return undefined
    const bytes = this.#rest.length === 0 ? chunk : this.#rest.add(chunk)
    let at = 0
    for (;;) {
      const head = this.#readHead(bytes, at)
      if (typeof head === 'number') return this.#end(head)
      const end = at + (head?.bytes ?? 0) + (head?.payloadBytes ?? 0)
      if (head === undefined || end > bytes.length) break
      const payload = bytes.subarray(at + head.bytes, end)
      unmask(payload, bytes, at + head.bytes - 4)
      this.#take(head, payload)
      if (this.#isOver) return undefined
      at = end
    }
    const isKept = bytes !== chunk
    if (at === bytes.length) this.#rest.clear()
    else if (isKept) this.#rest.dropFirst(at)
    else this.#rest.add(bytes.subarray(at))
    return undefined
  }

  /** A refusal as soon as it is known, whatever else is to come. `undefined`: not all of it is there. */
  #readHead(bytes: Uint8Array, at: number): Head | WsCloseCode | undefined {
    const [first, second] = [bytes[at], bytes[at + 1]]
    if (first === undefined || second === undefined) return undefined
    const opcode = first & 0x0f
    const isLast = (first & FIN) !== 0
    if ((first & RESERVED) !== 0 || (second & MASKED) === 0 || !this.#isExpected(opcode)) return WS_CLOSE.protocol
    const short = second & 0x7f
    if (opcode >= OPCODE.close && (!isLast || short > MAX_CONTROL_BYTES)) return WS_CLOSE.protocol
    const lengthBytes = short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0
    if (bytes.length < at + 2 + lengthBytes) return undefined
    let payloadBytes = short
    if (short === LENGTH_16) payloadBytes = readU16(bytes, at + 2)
    if (short === LENGTH_64) payloadBytes = readU32(bytes, at + 2) * 2 ** 32 + readU32(bytes, at + 6)
    if (opcode < OPCODE.close) {
      const { maxBytes, maxFrames } = this.#limits
      if (this.#parts.length + payloadBytes > maxBytes || this.#frames >= maxFrames) return WS_CLOSE.tooLong
    }
    const headBytes = 2 + lengthBytes + 4
    return bytes.length < at + headBytes ? undefined : { opcode, isLast, bytes: headBytes, payloadBytes }
  }

  #isExpected(opcode: number): boolean {
    if (opcode === OPCODE.text || opcode === OPCODE.binary) return this.#frames === 0
    if (opcode === OPCODE.continuation) return this.#frames > 0
    return opcode >= OPCODE.close && opcode <= OPCODE.pong
  }

  #take({ opcode, isLast }: Head, payload: Uint8Array): void {
    switch (opcode) {
      case OPCODE.ping:
        return this.#sink.ping(payload)
      case OPCODE.pong:
        return this.#sink.pong(payload)
      case OPCODE.close:
        this.#end(undefined)
        return this.#sink.close(answerToClose(payload))
    }
    if (opcode !== OPCODE.continuation) this.#isText = opcode === OPCODE.text
    this.#frames++
    const isWhole = isLast && this.#frames === 1
    const message = isWhole ? payload : this.#parts.add(payload)
    if (!isLast) return
    this.#frames = 0
    this.#messages++
    this.#sink.message(message, this.#isText)
    this.#parts.clear()
  }

  #end(code: WsCloseCode | undefined): WsCloseCode | undefined {
    this.#isOver = true
    this.#rest.clear()
    this.#parts.clear()
    return code
  }
}

/** Nothing is taken for what was only promised, and who sends byte by byte has each copied a few times, not thousands. */
class GrowingBytes {
  #buffer = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** All there is, until the next call. */
  add(bytes: Uint8Array): Uint8Array {
    const length = this.#length + bytes.length
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#buffer.length))
      grown.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = grown
    }
    this.#buffer.set(bytes, this.#length)
    this.#length = length
    return this.#buffer.subarray(0, length)
  }

  /** What was before is left as it is: it may have been handed on. */
  dropFirst(count: number): void {
    if (count === 0) return
    this.#buffer = this.#buffer.slice(count, this.#length)
    this.#length -= count
  }

  clear(): void {
    if (this.#length > 0) this.#buffer = new Uint8Array(0)
    this.#length = 0
  }
}

const maskBytes = new Uint8Array(4)
const maskWord = new Uint32Array(maskBytes.buffer)

/** By words of four bytes where they lie so: four times as fast as byte by byte. The mask lies at `maskAt` of `bytes`. */
function unmask(payload: Uint8Array, bytes: Uint8Array, maskAt: number): void {
  const { buffer, byteOffset, length } = payload
  const mask = (i: number): number => bytes[maskAt + (i & 3)] ?? 0
  const firstWord = Math.min(length, -byteOffset & 3)
  const words = (length - firstWord) >> 2
  const lastWord = firstWord + 4 * words
  for (let i = 0; i < firstWord; i++) payload[i] = (payload[i] ?? 0) ^ mask(i)
  if (words > 0) {
    for (let i = 0; i < 4; i++) maskBytes[i] = mask(firstWord + i)
    const [word = 0] = maskWord
    const all = new Uint32Array(buffer, byteOffset + firstWord, words)
    for (let i = 0; i < words; i++) all[i] = (all[i] ?? 0) ^ word
  }
  for (let i = lastWord; i < length; i++) payload[i] = (payload[i] ?? 0) ^ mask(i)
}

/** Bytes of the head of a text in one frame. */
export function wsHeadBytes(textBytes: number): number {
  if (textBytes <= MAX_CONTROL_BYTES) return 2
  return textBytes <= 0xffff ? 4 : 10
}

/** The answer: where the text begins. */
export function writeWsTextHead(out: Uint8Array, at: number, textBytes: number): number {
  const size = wsHeadBytes(textBytes)
  out[at] = FIN | OPCODE.text
  out[at + 1] = size === 2 ? textBytes : size === 4 ? LENGTH_16 : LENGTH_64
  if (size === 4) writeU16(out, at + 2, textBytes)
  if (size === 10) {
    writeU32(out, at + 2, 0)
    writeU32(out, at + 6, textBytes)
  }
  return at + size
}

/** The pong to it carries the same number. */
export function wsPing(number: number): Uint8Array {
  const payload = new Uint8Array(4)
  writeU32(payload, 0, number)
  return controlFrame(OPCODE.ping, payload)
}

/** `undefined`: it answers no ping of ours. */
export function readWsPong(payload: Uint8Array): number | undefined {
  return payload.length === 4 ? readU32(payload, 0) : undefined
}

/** Of a ping's payload, which it carries back. */
export function wsPong(payload: Uint8Array): Uint8Array {
  return controlFrame(OPCODE.pong, payload)
}

/** `reason`: in ASCII, at most 123 characters. */
export function wsClose(code: number, reason = ''): Uint8Array {
  const payload = new Uint8Array(2 + reason.length)
  writeU16(payload, 0, code)
  for (let i = 0; i < reason.length; i++) payload[2 + i] = reason.charCodeAt(i)
  return controlFrame(OPCODE.close, payload)
}

/** RFC 6455, sections 5.5.1 and 7.4. */
function answerToClose(payload: Uint8Array): number {
  if (payload.length === 0) return WS_CLOSE.normal
  const code = payload.length === 1 ? 0 : readU16(payload, 0)
  const isKnown = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
  return isKnown || (code >= 3000 && code <= 4999) ? code : WS_CLOSE.protocol
}

function controlFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(2 + payload.length)
  frame[0] = FIN | opcode
  frame[1] = payload.length
  frame.set(payload, 2)
  return frame
}
