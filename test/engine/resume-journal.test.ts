import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import {
  type JournalEntry,
  NO_PIECE,
  readJournal,
  readRecords,
  ResumeJournal,
  writeRecord,
} from '../../src/engine/resume-journal.ts'
import { makeHome } from '../support/program.ts'

const entries = fc.array(
  fc
    .tuple(fc.oneof(fc.constant(NO_PIECE), fc.nat(2 ** 31)), fc.nat(2 ** 45), fc.uint8Array({ maxLength: 72 }))
    .map(([piece, recordedAtMs, stamps]): JournalEntry => ({ piece, recordedAtMs, stamps })),
  { maxLength: 20 },
)

function fileOf(all: readonly JournalEntry[]): Uint8Array {
  return new Uint8Array(Buffer.concat(all.map(writeRecord)))
}

function entry(piece: number): JournalEntry {
  return { piece, recordedAtMs: 1_763_000_000_123, stamps: new Uint8Array(24).fill(piece) }
}

test('what was written is read, and of a file that was cut anywhere all that is whole before the cut', () => {
  fc.assert(
    fc.property(entries, fc.nat(), (all, random) => {
      const file = fileOf(all)
      assert.deepEqual(readRecords(file), { entries: all, bytes: file.length })
      const cut = readRecords(file.subarray(0, random % (file.length + 1)))
      assert.deepEqual(cut.entries, all.slice(0, cut.entries.length))
      assert.equal(cut.bytes, fileOf(cut.entries).length)
      const next = all[cut.entries.length]
      if (next !== undefined) assert.ok(random % (file.length + 1) < cut.bytes + writeRecord(next).length)
    }),
  )
})

test('[fuzz] a byte that is not what was written ends it there; anything at all is read without harm', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.integer({ min: 1, max: 255 }), (all, random, change) => {
      const file = fileOf(all)
      if (file.length === 0) return
      const at = random % file.length
      file[at] = (file[at] ?? 0) ^ change
      const { entries: read, bytes } = readRecords(file)
      assert.ok(bytes <= at)
      assert.deepEqual(read, all.slice(0, read.length))
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.ok(readRecords(bytes).bytes <= bytes.length)
    }),
  )
})

test('a journal is its owner’s, goes on behind what is whole of it, and begins anew from any record on', () => {
  const prefix = join(makeHome('journal'), '1-')
  assert.deepEqual(readJournal(`${prefix}0`), { entries: [], bytes: 0 })
  const first = new ResumeJournal(prefix, 0, 0)
  first.append(entry(1))
  first.append(entry(2))
  first.close()
  assert.equal(statSync(`${prefix}0`).mode & 0o777, 0o600)
  appendFileSync(`${prefix}0`, Buffer.from([40, 0, 0, 0, 9, 9])) // a kill came in the middle

  const { entries: found, bytes } = readJournal(`${prefix}0`)
  assert.deepEqual(found, [entry(1), entry(2)])
  const again = new ResumeJournal(prefix, 0, bytes)
  const third = again.append(entry(3))
  assert.deepEqual(readJournal(`${prefix}0`).entries, [entry(1), entry(2), entry(3)])

  const next = again.next(third)
  assert.deepEqual([next.generation, readJournal(`${prefix}1`).entries], [1, [entry(3)]])
  again.remove()
  assert.equal(existsSync(`${prefix}0`), false)
  next.append(entry(4))
  const empty = next.next(next.bytes)
  assert.equal(existsSync(`${prefix}2`), false)
  next.remove()
  empty.append(entry(5))
  assert.deepEqual(readJournal(`${prefix}2`).entries, [entry(5)])
  empty.remove()
})

test('what is left of a journal that does not count is not read into one', () => {
  const prefix = join(makeHome('journal'), '1-')
  writeFileSync(`${prefix}0`, Buffer.concat([entry(7), entry(8)].map(writeRecord)))
  const journal = new ResumeJournal(prefix, 0, 0) // the database says: this one is new
  journal.append(entry(1))
  assert.deepEqual(readRecords(new Uint8Array(readFileSync(`${prefix}0`))).entries, [entry(1)])
  journal.remove()
})

test('a next journal that a kill left before it counted is not taken for the next one', () => {
  const prefix = join(makeHome('journal'), '1-')
  const journal = new ResumeJournal(prefix, 0, 0)
  journal.append(entry(1))
  writeFileSync(`${prefix}1`, writeRecord(entry(9)))
  journal.next(journal.bytes)
  assert.deepEqual(readJournal(`${prefix}1`).entries, [])
  journal.remove()
})
