import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { SEGMENT_BYTES, type Slot } from '../../../src/io/disk/disk.ts'
import { PAGE_SKEW } from '../../../src/io/disk/page-skew.ts'
import { PieceBuffers, SEND_RUN_BYTES } from '../../../src/io/disk/piece-buffers.ts'

const KIB = 1024
const memory = { receiveBytes: 2 * SEGMENT_BYTES, sendBytes: 3 * SEND_RUN_BYTES + 1 }

function reserved(buffers: PieceBuffers, bytes: number): Slot {
  const slot = buffers.reserve(bytes, 'receive')
  assert.ok(slot)
  return slot
}

test('slots lie as low as possible and are powers of two', () => {
  const buffers = new PieceBuffers(memory)
  const slots = [16 * KIB, 256 * KIB, 1, 300 * KIB, 4096 * KIB].map((bytes) => reserved(buffers, bytes))
  assert.deepEqual(
    slots.map(({ arena, offset, bytes }) => [arena, offset / KIB, bytes.length / KIB, bytes.byteOffset === offset]),
    [
      [0, 0, 16, true],
      [0, 256, 256, true],
      [0, 16, 16, true],
      [0, 512, 512, true],
      [0, 4096, 4096, true],
    ],
  )
  for (const slot of slots) buffers.release(slot)
  assert.equal(reserved(buffers, 4096 * KIB).offset, 0)
})

test('with nothing free there is no slot, and after a release there is one', () => {
  const buffers = new PieceBuffers(memory)
  const first = reserved(buffers, SEGMENT_BYTES)
  reserved(buffers, 1)
  assert.equal(buffers.reserve(SEGMENT_BYTES, 'receive'), undefined)
  buffers.release(first)
  assert.equal(reserved(buffers, SEGMENT_BYTES).offset, 0)
})

test('runs to send are all of one size, with room for the headers of 16 blocks, and begin where the system copies fast', () => {
  const buffers = new PieceBuffers(memory)
  const runs = [262_352, 1, 262_352].map((bytes) => buffers.reserve(bytes, 'send'))
  assert.deepEqual(
    runs.map((run) => run && [run.arena, run.offset, run.bytes.length]),
    [0, 1, 2].map((n) => [1, PAGE_SKEW + n * SEND_RUN_BYTES, SEND_RUN_BYTES]),
  )
  assert.equal(buffers.reserve(1, 'send'), undefined)
  assert.ok(runs[1])
  buffers.release(runs[1])
  assert.equal(buffers.reserve(1, 'send')?.offset, PAGE_SKEW + SEND_RUN_BYTES)
})

test('a slot that is released twice is a mistake of ours', () => {
  const buffers = new PieceBuffers(memory)
  const slot = reserved(buffers, 1)
  buffers.release(slot)
  assert.throws(() => buffers.release(slot), /released once/)
})

test('in any order of reserving and releasing no two slots overlap, and in the end all is free', () => {
  const step = fc.oneof(
    fc.record({ bytes: fc.integer({ min: 1, max: SEGMENT_BYTES }) }),
    fc.record({ release: fc.nat(1000) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const buffers = new PieceBuffers(memory)
      const lent: Slot[] = []
      for (const choice of steps) {
        if ('bytes' in choice) {
          const slot = buffers.reserve(choice.bytes, 'receive')
          if (slot === undefined) continue
          assert.ok(slot.bytes.length >= choice.bytes)
          const end = slot.offset + slot.bytes.length
          assert.ok(lent.every((other) => other.offset >= end || other.offset + other.bytes.length <= slot.offset))
          lent.push(slot)
        } else {
          const [slot] = lent.splice(choice.release % Math.max(1, lent.length), 1)
          if (slot !== undefined) buffers.release(slot)
        }
      }
      for (const slot of lent) buffers.release(slot)
      const offsets = [reserved(buffers, SEGMENT_BYTES).offset, reserved(buffers, SEGMENT_BYTES).offset]
      assert.deepEqual(offsets, [0, SEGMENT_BYTES])
    }),
    { numRuns: 200 },
  )
})
