import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { FilePlaces, numberedName, numberOfName } from '../../../src/io/disk/file-places.ts'

test('numbers go before the extension', () => {
  assert.deepEqual(
    [numberedName('film.mkv', 0), numberedName('film.mkv', 1), numberedName('.hidden', 12), numberedName('a', 3)],
    ['film.mkv', 'film (1).mkv', '.hidden (12)', 'a (3)'],
  )
})

test('a number is read back from its name, and from no other', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(9_999_999), (name, number) => {
      assert.equal(numberOfName(name, numberedName(name, number)), number)
    }),
  )
  assert.deepEqual([numberOfName('a.b', 'x (1).b'), numberOfName('a.b', 'a (1).c'), numberOfName('a', '')], [0, 0, 0])
})

test('a file moves on once, whoever asks first', () => {
  const words = FilePlaces.memory(2)
  const [one, other] = [new FilePlaces(words), new FilePlaces(words)]
  assert.equal(one.get(1), 'unknown')
  assert.equal(one.advance(1, 'unknown', 'absent'), true)
  assert.equal(other.advance(1, 'unknown', 'part'), false)
  assert.equal(other.get(1), 'absent')
  one.set(1, 'real', 7)
  assert.deepEqual([other.get(1), other.nameNumber(1), other.get(0)], ['real', 7, 'unknown'])
})
