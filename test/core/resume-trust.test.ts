import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Bitfield } from '../../src/core/bitfield.ts'
import { Geometry, type GeometryFile } from '../../src/core/geometry.ts'
import { type Stamp, type TrustOptions, trustPieces } from '../../src/core/resume-trust.ts'

// Pieces of 10 bytes; piece 2 lies in both files, and piece 5 in file 1 and padding.
//   file 0 |--0--|--1--|--2|          25 bytes
//   file 1                 |2--|--3--|--4--|--5|       30 bytes
//   file 2                                     |5|     5 bytes of padding
//   file 3                                       |--6--|  10 bytes
const GEOMETRY = geometryOf([25, 30, -5, 10], 10)
const AT = 1_000_000.25
const KEPT = [stamp(0), stamp(1), stamp(3)]
const CLEAN: TrustOptions = { wasClean: true, unsynced: [], recordedAtMs: undefined, sameBoot: true }
const KILLED: TrustOptions = { ...CLEAN, wasClean: false }

/** A negative length is padding. */
function geometryOf(lengths: readonly number[], pieceLength: number): Geometry {
  const files: GeometryFile[] = []
  let offset = 0
  for (const length of lengths) {
    files.push({ offset, length: Math.abs(length), isPad: length < 0 })
    offset += Math.abs(length)
  }
  return new Geometry(files, pieceLength)
}

function stamp(file: number, modifiedAtMs = AT, sizeBytes = GEOMETRY.files[file]?.length ?? 0): Stamp {
  return { file, sizeBytes, modifiedAtMs }
}

function gone(file: number): Stamp {
  return { file, sizeBytes: -1, modifiedAtMs: -1 }
}

function listOf(pieces: Bitfield): number[] {
  return Array.from({ length: pieces.length }, (_, n) => n).filter((n) => pieces.has(n))
}

interface Found {
  readonly trusted: readonly number[]
  readonly recheck: readonly number[]
}

function trust(
  have: readonly number[],
  kept: readonly Stamp[],
  present: readonly Stamp[],
  options: TrustOptions = CLEAN,
): Found {
  const field = new Bitfield(GEOMETRY.pieceCount)
  for (const piece of have) field.add(piece)
  const map = new Map(kept.map((one) => [one.file, one]))
  const { trusted, recheck } = trustPieces(GEOMETRY, field, map, present, options)
  return { trusted: listOf(trusted), recheck }
}

const ALL = [0, 1, 2, 3, 4, 5, 6]

test('after a kill, a write that the last record of any file explains is ours; after that it is somebody else’s', () => {
  const killed = { ...KILLED, recordedAtMs: AT + 30 }
  const present = (at: number): Stamp[] => GEOMETRY.files.map((_, file) => stamp(file, file === 0 ? AT + at : AT))
  const kept = GEOMETRY.files.map((_, file) => stamp(file))
  assert.deepEqual(trust(ALL, kept, present(38), killed).recheck, [])
  assert.ok(trust(ALL, kept, present(39), killed).recheck.length > 0)
  assert.ok(trust(ALL, kept, present(38), { ...killed, wasClean: true }).recheck.length > 0)
})

test('files as they were: everything recorded is trusted, and nothing else', () => {
  assert.deepEqual(trust(ALL, KEPT, KEPT), { trusted: ALL, recheck: [] })
  assert.deepEqual(trust([1, 4], KEPT, KEPT), { trusted: [1, 4], recheck: [] })
  assert.deepEqual(trust([1, 4], KEPT, KEPT, KILLED), { trusted: [1, 4], recheck: [] })
})

test('a file of another time is read as a whole, with the pieces that it shares', () => {
  const found = { trusted: [3, 4, 5, 6], recheck: [0, 1, 2] }
  assert.deepEqual(trust(ALL, KEPT, [stamp(0, AT + 1), stamp(1), stamp(3)]), found)
  assert.deepEqual(trust([3, 4, 5, 6], KEPT, [stamp(0, AT - 1), stamp(1), stamp(3)]), found)
})

test('a fraction of a millisecond, as copies lose it, makes no other file', () => {
  assert.deepEqual(trust(ALL, KEPT, [stamp(0, AT - 0.25), stamp(1), stamp(3)]), { trusted: ALL, recheck: [] })
})

test('a file of another size is read as a whole', () => {
  const present = [stamp(0), stamp(1, AT, 29), stamp(3)]
  assert.deepEqual(trust(ALL, KEPT, present, KILLED), { trusted: [0, 1, 6], recheck: [2, 3, 4, 5] })
})

test('the pieces of a deleted file are missing, with those that it shares', () => {
  for (const present of [
    [stamp(0), stamp(3)],
    [stamp(0), gone(1), stamp(3)],
  ]) {
    assert.deepEqual(trust(ALL, KEPT, present), { trusted: [0, 1, 6], recheck: [] })
  }
})

test('of a piece in two files the worse one decides', () => {
  assert.deepEqual(trust(ALL, KEPT, [stamp(0, AT + 1), gone(1), stamp(3)]), { trusted: [6], recheck: [0, 1] })
})

test('a file that was never there says nothing about pieces kept elsewhere', () => {
  const kept = [stamp(0), gone(1), stamp(3)]
  assert.deepEqual(trust([0, 1, 2], kept, [stamp(0), gone(1), stamp(3)]), { trusted: [0, 1, 2], recheck: [] })
  assert.deepEqual(trust([0, 1, 2], [stamp(0)], [stamp(0)]), { trusted: [0, 1, 2], recheck: [] })
})

test('a file that somebody put there is read', () => {
  const found = { trusted: [0, 1], recheck: [2, 3, 4, 5] }
  assert.deepEqual(trust([0, 1, 2], [stamp(0)], [stamp(0), stamp(1)]), found)
  assert.deepEqual(trust([0, 1, 2], [stamp(0), gone(1)], [stamp(0), stamp(1)], KILLED), found)
})

test('after a kill, a write of the last moment was ours', () => {
  const present = [stamp(0, AT + 8), stamp(1), stamp(3)]
  assert.deepEqual(trust([0, 2, 4], KEPT, present, KILLED), { trusted: [0, 2, 4], recheck: [] })
  assert.deepEqual(trust([0, 2, 4], KEPT, present, CLEAN), { trusted: [4], recheck: [0, 1, 2] })
})

test('after a kill, of a file written later only what was recorded is read', () => {
  for (const modifiedAtMs of [AT + 8.5, AT - 1]) {
    const present = [stamp(0, modifiedAtMs), stamp(1), stamp(3)]
    assert.deepEqual(trust([0, 4], KEPT, present, KILLED), { trusted: [4], recheck: [0] })
  }
})

test('after a power cut, the pieces since the last sync are read', () => {
  const options = { ...KILLED, unsynced: [1, 5] }
  assert.deepEqual(trust([0, 1, 5], KEPT, KEPT, { ...options, sameBoot: false }), { trusted: [0], recheck: [1, 5] })
  assert.deepEqual(trust([0, 1, 5], KEPT, KEPT, options), { trusted: [0, 1, 5], recheck: [] })
})

test('after a power cut, a file written later is read as a whole: its last records may be lost', () => {
  const present = [stamp(0), stamp(1), stamp(3, AT + 20)]
  assert.deepEqual(trust([0], KEPT, present, { ...KILLED, sameBoot: false }), { trusted: [0], recheck: [6] })
})

test('an empty torrent has nothing to trust', () => {
  const empty = geometryOf([0, 0], 10)
  const { trusted, recheck } = trustPieces(empty, new Bitfield(0), new Map(), [stamp(0, 1, 0)], CLEAN)
  assert.deepEqual([trusted.count, recheck], [0, []])
})

test('whatever happened: only recorded pieces are trusted, none twice, none in a file that is not as it was', () => {
  const time = fc.constantFrom(undefined, 0, 3, 8, 9, -1)
  const input = fc.record({
    lengths: fc.array(fc.integer({ min: -12, max: 30 }), { maxLength: 8 }),
    pieceLength: fc.integer({ min: 1, max: 16 }),
    have: fc.infiniteStream(fc.boolean()),
    kept: fc.array(time, { minLength: 8, maxLength: 8 }),
    present: fc.array(time, { minLength: 8, maxLength: 8 }),
    unsynced: fc.array(fc.nat(20)),
    wasClean: fc.boolean(),
    sameBoot: fc.boolean(),
    recordedAtMs: fc.constantFrom(undefined, AT, AT + 5),
  })
  const law = fc.property(input, ({ lengths, pieceLength, have, kept, present, ...options }) => {
    const geometry = geometryOf(lengths, pieceLength)
    const stampsOf = (times: readonly (number | undefined)[]): Stamp[] =>
      geometry.files.map(({ length }, file) => {
        const at = times[file]
        return at === undefined ? gone(file) : { file, sizeBytes: length, modifiedAtMs: AT + at }
      })
    const field = new Bitfield(geometry.pieceCount)
    for (let piece = 0; piece < field.length; piece++) if (have.next().value) field.add(piece)
    const before = new Map(stampsOf(kept).map((one) => [one.file, one]))

    const { trusted, recheck } = trustPieces(geometry, field, before, stampsOf(present), options)

    assert.deepEqual(
      recheck,
      [...new Set(recheck)].toSorted((a, b) => a - b),
    )
    for (const piece of recheck) assert.ok(!trusted.has(piece))
    for (const piece of listOf(trusted)) {
      assert.ok(field.has(piece))
      assert.ok(options.sameBoot || !options.unsynced.includes(piece))
      geometry.files.forEach(({ isPad }, file) => {
        const pieces = geometry.piecesOfFile(file)
        if (isPad || pieces === undefined || piece < pieces.first || piece > pieces.last) return
        const [then, now] = [kept[file], present[file]]
        const newerByMs = (now ?? 0) - (then ?? 0)
        const isOwnWrite = newerByMs <= 8 || AT + (now ?? 0) <= (options.recordedAtMs ?? 0) + 8
        assert.equal(now === undefined, then === undefined)
        assert.ok(newerByMs === 0 || (!options.wasClean && newerByMs > 0 && isOwnWrite))
      })
    }
  })
  fc.assert(law, { numRuns: 500 })
})
