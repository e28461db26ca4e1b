import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { concatBytes, toHex, writeU16, writeU32 } from '../../src/core/bytes.ts'
import {
  readWsPong,
  wsHeadBytes,
  WsFrameReader,
  wsClose,
  wsPing,
  wsPong,
  writeWsTextHead,
} from '../../src/core/tracker/ws-frames.ts'

const LIMITS = { maxBytes: 70_000, maxFrames: 4 }

interface Sent {
  readonly opcode: number
  readonly payload: Uint8Array
  readonly isLast?: boolean
  readonly mask?: number
  /** More bytes for the length than it needs, which is bad style and no mistake. */
  readonly isLong?: boolean
}

/** As a client writes it. */
function frame({ opcode, payload, isLast = true, mask = 0x12345678, isLong = false }: Sent): Uint8Array {
  const { length } = payload
  const size = length > 0xffff || isLong ? 8 : length > 125 ? 2 : 0
  const head = new Uint8Array(2 + size + 4)
  head[0] = (isLast ? 0x80 : 0) | opcode
  head[1] = 0x80 | (size === 8 ? 127 : size === 2 ? 126 : length)
  if (size === 2) writeU16(head, 2, length)
  if (size === 8) writeU32(head, 6, length)
  writeU32(head, 2 + size, mask)
  const key = head.subarray(2 + size)
  return concatBytes([head, payload.map((byte, i) => byte ^ (key[i & 3] ?? 0))])
}

/** What a reader makes of `bytes` that come in pieces; each piece is spoilt afterwards, and lies somewhere else in its memory. */
function read(bytes: Uint8Array, cuts: readonly number[] = []): string[] {
  const calls: string[] = []
  const messages: [number, boolean, Uint8Array][] = []
  const reader = new WsFrameReader(
    {
      message: (payload, isText) => messages.push([calls.push('') - 1, isText, payload]),
      ping: (payload) => calls.push(`ping ${toHex(payload)}`),
      pong: (payload) => calls.push(`pong ${toHex(payload)}`),
      close: (code) => calls.push(`close ${code}`),
    },
    LIMITS,
  )
  const ends = [...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length]
  let start = 0
  for (const [n, end] of ends.entries()) {
    const piece = new Uint8Array(end - start + 4).subarray(n % 4).subarray(0, end - start)
    piece.set(bytes.subarray(start, end))
    const refusal = reader.push(piece)
    if (refusal !== undefined) calls.push(`refused ${refusal}`)
    // What was handed on may be used until the turn is over.
    for (const [at, isText, payload] of messages.splice(0))
      calls[at] = `${isText ? 'text' : 'binary'} ${toHex(payload)}`
    piece.fill(0xee)
    start = end
  }
  return calls
}

const payload = fc.uint8Array({ maxLength: 300, size: 'max' })
const mask = fc.nat({ max: 2 ** 32 - 1 })
const control = fc.record({
  opcode: fc.constantFrom(9, 10),
  payload: fc.uint8Array({ maxLength: 125, size: 'max' }),
  mask,
})
/** A message in one to four frames, with pings and pongs between them. */
const message = fc
  .record({
    isText: fc.boolean(),
    parts: fc.array(fc.record({ payload, mask, isLong: fc.boolean(), before: fc.array(control, { maxLength: 2 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ isText, parts }) => {
    const frames = parts.flatMap(({ before, ...part }, n) => {
      const opcode = n > 0 ? 0 : isText ? 1 : 2
      return [...before.map(frame), frame({ ...part, opcode, isLast: n === parts.length - 1 })]
    })
    const controls = parts.flatMap(({ before }) => before)
    const calls = controls.map((one) => `${one.opcode === 9 ? 'ping' : 'pong'} ${toHex(one.payload)}`)
    const whole = concatBytes(parts.map((part) => part.payload))
    return { bytes: concatBytes(frames), calls: [...calls, `${isText ? 'text' : 'binary'} ${toHex(whole)}`] }
  })

test('frames of clients are read as they were written, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), fc.array(fc.nat({ max: 3000 })), (messages, cuts) => {
      const bytes = concatBytes(messages.map((one) => one.bytes))
      assert.deepEqual(
        read(bytes, cuts),
        messages.flatMap(({ calls }) => calls),
      )
    }),
  )
})

test('any bytes are read or refused, the same wherever they are cut', () => {
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 400, size: 'max' }),
    // Mostly frames, so that something comes behind the first mistake.
    fc
      .tuple(fc.array(message, { minLength: 1, maxLength: 3 }), fc.nat({ max: 999 }), fc.nat({ max: 255 }))
      .map(([messages, at, byte]) => {
        const bytes = concatBytes(messages.map((one) => one.bytes))
        bytes[at % bytes.length] = byte
        return bytes
      }),
  )
  fc.assert(
    fc.property(any, fc.array(fc.nat({ max: 400 })), (bytes, cuts) => {
      assert.deepEqual(read(bytes, cuts), read(bytes))
    }),
  )
})

test('what clients may not send is refused, and nothing behind it is read', () => {
  const text = frame({ opcode: 1, payload: new Uint8Array(3) })
  const with0 = (byte: number, bytes: Uint8Array): Uint8Array =>
    concatBytes([new Uint8Array([byte]), bytes.subarray(1)])
  const refused: readonly (readonly [string, Uint8Array, number])[] = [
    ['no mask', new Uint8Array([0x81, 0x00]), 1002],
    ['an extension that nobody agreed on', with0(0xc1, text), 1002],
    ['an opcode that there is not', with0(0x83, text), 1002],
    ['a control opcode that there is not', with0(0x8b, text), 1002],
    ['a continuation of nothing', with0(0x80, text), 1002],
    ['a message inside another', concatBytes([with0(0x01, text), text]), 1002],
    ['a ping in two frames', with0(0x09, text), 1002],
    ['a long ping', frame({ opcode: 9, payload: new Uint8Array(126) }), 1002],
    ['a message that is too long', frame({ opcode: 1, payload: new Uint8Array(70_001) }).subarray(0, 10), 1009],
    ['a promise of terabytes', new Uint8Array([0x81, 0xff, 0, 0, 0x7f, 0, 0, 0, 0, 0]), 1009],
    ['too many frames', concatBytes([with0(0x01, text), ...Array.from({ length: 4 }, () => with0(0x00, text))]), 1009],
  ]
  for (const [what, bytes, code] of refused) {
    const calls = read(concatBytes([bytes, text]))
    assert.deepEqual(calls, [`refused ${code}`], what)
  }
})

test('nothing is read behind a close', () => {
  const close = frame({ opcode: 8, payload: new Uint8Array([3, 232]) })
  const text = frame({ opcode: 1, payload: new Uint8Array(3) })
  assert.deepEqual(read(concatBytes([text, close, text])), ['text 000000', 'close 1000'])
})

test('a close is answered with its code, or with the one for what makes no sense', () => {
  const answerTo = (payload: readonly number[]): string[] =>
    read(frame({ opcode: 8, payload: new Uint8Array(payload) }))
  assert.deepEqual(answerTo([]), ['close 1000'])
  assert.deepEqual(answerTo([0x0f, 0xa1, 0x78]), ['close 4001'])
  for (const wrong of [[3], [0, 5], [3, 237], [3, 238], [0x13, 0x88]]) assert.deepEqual(answerTo(wrong), ['close 1002'])
})

test('the longest message that is allowed is read, byte by byte too', () => {
  const longest = frame({ opcode: 1, payload: new Uint8Array(70_000).fill(7) })
  const whole = read(longest)
  assert.equal(whole[0]?.length, 'text '.length + 140_000)
  assert.deepEqual(read(longest, [...longest.keys()]), whole)
})

test('heads of texts tell their lengths in as many bytes as they need', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '8100'],
    [125, '817d'],
    [126, '817e007e'],
    [65_535, '817effff'],
    [65_536, '817f0000000000010000'],
  ]
  for (const [length, hex] of cases) {
    const out = new Uint8Array(12).fill(0xaa)
    assert.equal(writeWsTextHead(out, 1, length), 1 + wsHeadBytes(length))
    assert.equal(toHex(out.subarray(1, 1 + wsHeadBytes(length))), hex)
    assert.equal(out[1 + wsHeadBytes(length)], 0xaa)
  }
  assert.equal(toHex(wsPing(258)), '890400000102')
  assert.deepEqual([readWsPong(new Uint8Array([0, 0, 1, 2])), readWsPong(new Uint8Array(3))], [258, undefined])
  assert.equal(toHex(wsPong(new Uint8Array([1, 2]))), '8a020102')
  assert.equal(toHex(wsClose(1008, 'no')), `880403f0${toHex(new TextEncoder().encode('no'))}`)
})
