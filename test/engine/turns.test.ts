import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from '../../src/engine/turns.ts'

test('so many work at a time, in the order in which they came, also after one has failed', async () => {
  const turns = new Turns(2)
  const begun: number[] = []
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<undefined>())
  const works = gates.map(({ promise }, n) => {
    return turns.take(async () => {
      begun.push(n)
      await promise
      return n
    })
  })
  assert.deepEqual(begun, [0, 1])
  gates[1]?.reject(new Error('no'))
  await assert.rejects(works[1] ?? Promise.resolve(), /no/)
  assert.deepEqual(begun, [0, 1, 2])
  for (const gate of gates) gate.resolve(undefined)
  assert.deepEqual(await Promise.all([works[0], works[2], works[3], works[4]]), [0, 2, 3, 4])
  assert.deepEqual(begun, [0, 1, 2, 3, 4])
  assert.equal(await turns.take(async () => 'free again'), 'free again')
})
