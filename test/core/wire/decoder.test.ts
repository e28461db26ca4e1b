import assert from 'node:assert/strict'
import test from 'node:test'
import { toHex } from '../../../src/core/bytes.ts'
import { WireDecoder } from '../../../src/core/wire/decoder.ts'
import type { Violation } from '../../../src/core/wire/violation.ts'
import { bytes, joined, Recorder } from './recorder.ts'

const LIMITS = { maxPayload: 64, maxBlock: 16_384 }

function decode(...reads: string[]): { calls: string[]; violation: Violation | undefined } {
  const recorder = new Recorder()
  const decoder = new WireDecoder(recorder, LIMITS)
  let violation: Violation | undefined
  for (const read of reads) {
    const buf = bytes(read)
    violation = decoder.push(buf, 0, buf.length)
  }
  return { calls: recorder.calls, violation }
}

test('[9] a message of length 0 is a keep-alive', () => {
  assert.deepEqual(decode('00000000 00000000').calls, ['keep-alive', 'keep-alive'])
})

const fixed: readonly [string, string, string][] = [
  ['choke', '00000001 00', 'message 0: 0 0 0'],
  ['unchoke', '00000001 01', 'message 1: 0 0 0'],
  ['interested', '00000001 02', 'message 2: 0 0 0'],
  ['not interested', '00000001 03', 'message 3: 0 0 0'],
  ['have', '00000005 04 00000a0b', 'message 4: 2571 0 0'],
  ['request', '0000000d 06 00000001 00004000 ffffffff', 'message 6: 1 16384 4294967295'],
  ['cancel', '0000000d 08 00000001 00004000 00004000', 'message 8: 1 16384 16384'],
  ['port', '00000003 09 1ae1', 'message 9: 6881 0 0'],
  ['suggest', '00000005 0d 00000007', 'message 13: 7 0 0'],
  ['have all', '00000001 0e', 'message 14: 0 0 0'],
  ['have none', '00000001 0f', 'message 15: 0 0 0'],
  ['reject', '0000000d 10 00000001 00004000 00004000', 'message 16: 1 16384 16384'],
  ['allowed fast', '00000005 11 00000007', 'message 17: 7 0 0'],
]
for (const [name, message, call] of fixed) {
  test(`${name} arrives whole, followed by another message, and byte by byte`, () => {
    assert.deepEqual(decode(message).calls, [call])
    assert.deepEqual(decode(`${message} 0000000d 06 00000000 00000000 00000000`).calls, [call, 'message 6: 0 0 0'])
    assert.deepEqual(decode(...(message.replaceAll(' ', '').match(/../g) ?? [])).calls, [call])
  })
  test(`[130] ${name} of another size is a violation`, () => {
    const [, id = ''] = message.split(' ')
    assert.equal(decode(`0000000f ${id} ${'00'.repeat(14)}`).violation, 'bad-message-length')
    assert.equal(decode('000000', '0f', id).violation, 'bad-message-length')
  })
}

test('a block split across two reads arrives once, in order', () => {
  const { calls } = decode('0000000b 07 00000001 00004000 aa', 'bb 00000001 01')
  assert.deepEqual(calls, ['block 1 16384 2', 'bytes aa', 'bytes bb', 'block end', 'message 1: 0 0 0'])
})

test('a block head split across reads is put together', () => {
  const { calls } = decode('0000000b 07 0000', '0001 00004000', 'aabb')
  assert.deepEqual(calls, ['block 1 16384 2', 'bytes aabb', 'block end'])
})

test('an empty block begins and ends', () => {
  assert.deepEqual(decode('00000009 07 00000001 00000000').calls, ['block 1 0 0', 'block end'])
})

test('bitfield, extension and hash messages arrive as a whole', () => {
  for (const [id, number] of [
    ['05', 5],
    ['14', 20],
    ['15', 21],
    ['16', 22],
    ['17', 23],
  ] as const) {
    assert.deepEqual(decode(`00000004 ${id} aabbcc ${'00'.repeat(20)}`).calls[0], `payload ${number}: aabbcc`)
    assert.deepEqual(decode(`00000004 ${id} aa`, 'bb', 'cc').calls, [`payload ${number}: aabbcc`])
    assert.deepEqual(decode(`00000001 ${id}`).calls, [`payload ${number}: `])
  }
})

test('a long payload in many reads arrives as it was sent', () => {
  const whole = new Uint8Array(30_000).map((_, at) => at % 251)
  whole.set(bytes('0000752c 14'))
  const recorder = new Recorder()
  const decoder = new WireDecoder(recorder, { ...LIMITS, maxPayload: 40_000 })
  for (let at = 0; at < whole.length; at += 700)
    decoder.push(whole.slice(at, at + 700), 0, Math.min(700, whole.length - at))
  assert.deepEqual(recorder.calls, [`payload 20: ${toHex(whole.subarray(5))}`])
})

test('unknown messages are skipped, however they are cut', () => {
  assert.deepEqual(decode('00000001 63 00000001 00').calls, ['message 0: 0 0 0'])
  assert.deepEqual(decode('00000014 63 0102', '0304', `${'05'.repeat(15)} 00000001 00`).calls, ['message 0: 0 0 0'])
})

test('[10] [130] a block is at most as long as what we ask for', () => {
  assert.equal(decode('00004009 07 00000001 00004000 aaaaaaaa').violation, undefined)
  assert.equal(decode('0000400a 07 00000001 00004000 aaaaaaaa').violation, 'message-too-long')
  assert.equal(decode('00000008 07 00000001 000040').violation, 'bad-message-length')
})

test('[130] a payload longer than the limit is refused at its head', () => {
  for (const id of ['05', '14', '16', '63']) {
    assert.equal(decode(`00000042 ${id}`).violation, 'message-too-long')
    assert.equal(decode(`ffffffff ${id} ${'00'.repeat(20)}`).violation, 'message-too-long')
  }
})

test('[130] memory grows with what came, not with the length that was claimed', () => {
  const head = bytes('00100000 14 00')
  const before = process.memoryUsage().arrayBuffers
  const decoders = Array.from(
    { length: 500 },
    () => new WireDecoder(new Recorder(), { ...LIMITS, maxPayload: 2 ** 20 }),
  )
  for (const decoder of decoders) assert.equal(decoder.push(head, 0, head.length), undefined)
  assert.ok(process.memoryUsage().arrayBuffers - before < 500 * 16_384)
})

test('[8] [130] the limit follows the size of the bitfield', () => {
  const recorder = new Recorder()
  const decoder = new WireDecoder(recorder, LIMITS)
  decoder.setMaxPayload(65)
  const bitfield = bytes(`00000042 05 ${'ff'.repeat(65)}`)
  assert.equal(decoder.push(bitfield, 0, bitfield.length), undefined)
  assert.deepEqual(recorder.calls, [`payload 5: ${'ff'.repeat(65)}`])
})

test('after a violation there are no more calls, and every push returns it again', () => {
  const recorder = new Recorder()
  const decoder = new WireDecoder(recorder, LIMITS)
  const buf = bytes('00000002 00 00 00000001 01 00000001 01 00000001 01')
  assert.equal(decoder.push(buf, 0, buf.length), 'bad-message-length')
  assert.equal(decoder.push(bytes('00000001 01'), 0, 5), 'bad-message-length')
  assert.deepEqual(recorder.calls, [])
})

test('a violation that the handler returns ends decoding, whichever call returned it', () => {
  const stream = bytes('00000001 01 0000000b 07 00000001 00000000 aabb 00000002 14 00 00000001 00')
  for (const refused of ['message 1: 0 0 0', 'block 1 0 2', 'block end', 'payload 20: 00']) {
    const recorder = new Recorder()
    recorder.refused = refused
    assert.equal(new WireDecoder(recorder, LIMITS).push(stream, 0, stream.length), 'flood')
    assert.equal(recorder.calls.at(-1), refused)
  }
})

test('[126] a handler that closes the decoder gets no more calls', () => {
  const stream = bytes('00000000 0000000b 07 00000001 00000000 aabb 00000001 00')
  for (let last = 1; last <= 4; last++) {
    const recorder = new Recorder()
    const decoder = new WireDecoder(recorder, LIMITS)
    recorder.onCall = () => {
      if (recorder.calls.length === last) decoder.close()
    }
    assert.equal(decoder.push(stream, 0, stream.length), undefined)
    assert.equal(decoder.push(stream, 0, stream.length), undefined)
    assert.equal(recorder.calls.length, last)
  }
})

test('only the given part of the buffer is read', () => {
  const recorder = new Recorder()
  new WireDecoder(recorder, LIMITS).push(bytes('ffff 00000001 01 ffff'), 2, 7)
  assert.deepEqual(recorder.calls, ['message 1: 0 0 0'])
})

test('a long stream of every kind gives the same calls cut in two anywhere', () => {
  const stream = fixed.map(([, message]) => message).join(' ')
  const whole = bytes(`${stream} 0000000d 07 00000001 00000000 aabbccdd 00000004 14 010203 00000003 63 0000 ${stream}`)
  const expected = new Recorder()
  new WireDecoder(expected, LIMITS).push(whole, 0, whole.length)
  for (let cut = 0; cut <= whole.length; cut++) {
    const recorder = new Recorder()
    const decoder = new WireDecoder(recorder, LIMITS)
    decoder.push(whole, 0, cut)
    decoder.push(whole, cut, whole.length)
    assert.deepEqual(joined(recorder.calls), expected.calls)
  }
})
