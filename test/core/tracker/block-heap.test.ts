import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BlockHeap } from '../../../src/core/tracker/block-heap.ts'

const TOP_WORDS = 2 ** 21

function heapOf(topBlocks: number): BlockHeap {
  return new BlockHeap(new SharedArrayBuffer(BlockHeap.bytesFor(topBlocks)), 0, topBlocks)
}

test('blocks are as large as asked, apart from each other, and free blocks become one again', () => {
  const sizes = fc.array(fc.record({ words: fc.integer({ min: 1, max: 5000 }), isFreed: fc.boolean() }), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(sizes, (steps) => {
      const heap = heapOf(2)
      const held = new Map<number, number>()
      for (const { words, isFreed } of steps) {
        const block = heap.allocate(words)
        assert(heap.wordsIn(block) >= words)
        assert(heap.wordsIn(block) < Math.max(8, words * 2))
        heap.words.fill(block, heap.wordOf(block), heap.wordOf(block) + heap.wordsIn(block))
        held.set(block, heap.wordsIn(block))
        if (!isFreed) continue
        const [oldest = 0] = held.keys()
        heap.free(oldest)
        held.delete(oldest)
      }
      for (const [block, words] of held) {
        const start = heap.wordOf(block)
        assert.equal(heap.wordsIn(block), words)
        assert(heap.words.subarray(start, start + words).every((word) => word === block))
        heap.free(block)
      }
      assert.notEqual(heap.allocate(TOP_WORDS), 0)
      assert.notEqual(heap.allocate(TOP_WORDS), 0)
      assert.equal(heap.allocate(1), 0)
    }),
    { numRuns: 50 },
  )
})

test('what is larger than the largest block, or finds no room, is none', () => {
  const heap = heapOf(1)
  assert.equal(heap.allocate(TOP_WORDS + 1), 0)
  const whole = heap.allocate(TOP_WORDS)
  assert.equal(heap.allocate(1), 0)
  heap.free(whole)
  assert.notEqual(heap.allocate(1), 0)
})
