import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { UnsentBytes } from '../../src/tracker/unsent-bytes.ts'

test('what is added comes out in order, in whatever pieces it is taken', () => {
  const step = fc.record({ add: fc.uint8Array({ maxLength: 50 }), take: fc.nat(60) })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const unsent = new UnsentBytes()
      const place = new Uint8Array(40)
      const [all, taken]: [number[], number[]] = [[], []]
      for (const { add, take } of steps) {
        unsent.add(add)
        all.push(...add)
        const count = Math.min(take, unsent.copyTo(place))
        taken.push(...place.subarray(0, count))
        unsent.dropFirst(count)
        assert.equal(unsent.length, all.length - taken.length)
      }
      while (unsent.length > 0) {
        const count = unsent.copyTo(place)
        taken.push(...place.subarray(0, count))
        unsent.dropFirst(count)
      }
      assert.deepEqual(taken, all)
    }),
  )
})

test('a million bytes in small pieces, taken as slowly as they come, are no work that grows', () => {
  const unsent = new UnsentBytes()
  const piece = new Uint8Array(100)
  for (let n = 0; n < 10_000; n++) unsent.add(piece)
  for (let n = 0; n < 200_000; n++) {
    unsent.add(piece)
    unsent.dropFirst(100)
  }
  assert.equal(unsent.length, 1_000_000)
})
