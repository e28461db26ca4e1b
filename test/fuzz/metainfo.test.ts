import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type BValue, BencodeFault, decodeBencode, encodeBencode } from '../../src/core/bencode.ts'
import { AppError } from '../../src/core/errors.ts'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import type { Metainfo } from '../../src/core/metainfo/metainfo.ts'
import { parseInfo, parseTorrent } from '../../src/core/metainfo/parse.ts'
import { nodeHasher } from '../../src/io/hasher.ts'
import { readCorpus } from './corpus.ts'
import { mutated } from './mutate.ts'

const corpus = readCorpus('metainfo')
const platform = fc.constantFrom('linux', 'win32', 'darwin')

for (const { name, bytes } of corpus) {
  test(`metainfo: ${name} is read, and written again reads as the same`, () => checked(bytes, 'linux', true))
}

test('metainfo: mutated torrents are refused with a sentence, or safe', () => {
  const bytes = mutated(corpus.map((file) => file.bytes))
  fc.assert(
    fc.property(bytes, platform, (torrent, where) => checked(torrent, where, false)),
    { numRuns: 3000 },
  )
})

/** What stands in a place of the torrent where a mutation put it: the values that were trouble elsewhere. */
const oddValue: fc.Arbitrary<BValue> = fc.oneof(
  fc.constantFrom<BValue[]>(0, 1, -1, 2 ** 31, 2 ** 53 - 1, -(2n ** 63n), 16_384, [], new Map()),
  fc.constantFrom('', '.', '..', '/', 'C:', 'con', '\0', '../x', 'a\\b', 'l', 'p', 'x').map((text) => utf8(text)),
  fc.uint8Array({ maxLength: 300 }),
  fc.array(fc.constantFrom('..', 'x', 'one.bin', '').map(utf8), { maxLength: 3 }),
)

test('metainfo: torrents with odd values in right places are refused with a sentence, or safe', () => {
  const trees = corpus.map((file) => file.bytes)
  const change = fc.tuple(fc.nat(), oddValue, fc.boolean())
  fc.assert(
    fc.property(
      fc.constantFrom(...trees),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      platform,
      (tree, changes, where) => {
        const decoded = decodeBencode(tree)
        assert.ok(!(decoded instanceof BencodeFault))
        for (const [n, value, isKey] of changes) replaceOne(decoded.value, n, value, isKey)
        checked(encodeBencode(decoded.value), where, false)
      },
    ),
    { numRuns: 3000 },
  )
})

/** Puts `odd` in place of the nth value of the tree; or, for a dictionary's entry, renames its key. */
function replaceOne(tree: BValue, nth: number, odd: BValue, isKey: boolean): void {
  const places: (() => void)[] = []
  const visit = (value: BValue): void => {
    if (value instanceof Map) {
      for (const [key, item] of value) {
        places.push(() => {
          if (isKey && odd instanceof Uint8Array) value.delete(key)
          value.set(isKey && odd instanceof Uint8Array ? String.fromCharCode(...odd) : key, isKey ? item : odd)
        })
        visit(item)
      }
    } else if (Array.isArray(value)) {
      value.forEach((item, n) => {
        places.push(() => value.splice(n, 1, odd))
        visit(item)
      })
    }
  }
  visit(tree)
  places[nth % Math.max(1, places.length)]?.()
}

/** The laws: nothing but a clear refusal is thrown, and no file lands outside or on another. */
function checked(bytes: Uint8Array, where: string, mustRead: boolean): void {
  let metainfo: Metainfo
  try {
    metainfo = parseTorrent(bytes, nodeHasher, where)
  } catch (error) {
    assert.ok(!mustRead && error instanceof AppError, String(error))
    assert.equal(error.code, 'bad-metainfo')
    assert.match(error.message, /^the torrent is [^\x00-\x1f\x7f-\x9f]+$/)
    return
  }
  const { info } = metainfo
  const seen = new Set<string>()
  for (const file of info.files) {
    for (const element of [...file.path, ...(file.symlink ?? [])]) assertSafe(element)
    const path = file.path.join('/')
    assert.ok(file.isPad || !seen.has(path), `${path} twice`)
    if (!file.isPad) seen.add(path)
  }
  assert.ok(info.totalSize > 0 && info.geometry.pieceCount > 0)
  assert.ok(info.pieceHashes === undefined || info.pieceHashes.length === info.geometry.pieceCount * 20)
  assert.ok(metainfo.pieceRoots === undefined || metainfo.pieceRoots.length === info.geometry.pieceCount * 32)
  assert.deepEqual(parseTorrent(writeTorrent(metainfo), nodeHasher, where), metainfo)
  assert.deepEqual(parseInfo(info.bytes, nodeHasher, where), info)
}

function assertSafe(element: string): void {
  assert.ok(element !== '' && element !== '.' && element !== '..' && !/[/\\\x00-\x1f]/.test(element), element)
  assert.ok(Buffer.byteLength(element) <= 240)
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
