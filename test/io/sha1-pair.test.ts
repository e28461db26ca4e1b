import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { hash, randomFillSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { loadLibc } from '../../src/io/libc.ts'
import { countUnpaired, hashesPairs, PAIR_UNIT_BYTES, Sha1Pair } from '../../src/io/sha1-pair.ts'
import { findProgram } from '../support/program.ts'

const IO = join(import.meta.dirname, '../../src/io')
const MUCH = 16 * 1024 * 1024

countUnpaired(MUCH - 1)
const early = hashesPairs()
countUnpaired(1)
const isPossible = hashesPairs()

/** Linux tells the processor's abilities, too; without koffi nothing can be called. */
async function shouldHashPairs(): Promise<boolean> {
  if (process.arch !== 'x64' || !(await loadLibc())) return false
  return /^flags.*\bsha_ni\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
}

test('pairs are hashed where the processor can, once there was much to hash', async () => {
  assert.deepEqual([early, isPossible], [undefined, await shouldHashPairs()])
})

test('each of two messages, in whatever parts they come, has the digest that it has alone', () => {
  if (isPossible !== true) return
  const partsOf = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 })
  fc.assert(
    fc.property(partsOf, (parts) => {
      const lengths = parts.map((units) => units * PAIR_UNIT_BYTES)
      const total = lengths.reduce((sum, length) => sum + length, 0)
      const [first, second] = [randomFillSync(new Uint8Array(total)), randomFillSync(new Uint8Array(total))]
      const pair = new Sha1Pair()
      let at = 0
      for (const length of lengths) {
        pair.update(first.subarray(at, at + length), second.subarray(at, at + length))
        at += length
      }
      assert.deepEqual(
        pair.digests().map((digest) => Buffer.from(digest).toString('hex')),
        [hash('sha1', first), hash('sha1', second)],
      )
    }),
  )
})

test('parts that are not as long, or no whole blocks, are refused before anything is read', () => {
  if (isPossible !== true) return
  const pair = new Sha1Pair()
  assert.throws(() => pair.update(new Uint8Array(64), new Uint8Array(128)), /as many blocks of both/)
  assert.throws(() => pair.update(new Uint8Array(63), new Uint8Array(63)), /as many blocks of both/)
})

const skip = findProgram('as') !== undefined && findProgram('objcopy') !== undefined ? false : 'needs binutils'

test('the library that is installed has the code that its source says', { skip }, (t) => {
  const work = mkdtempSync(join(tmpdir(), 'shoal-native-'))
  t.after(() => rmSync(work, { recursive: true }))
  execFileSync('as', ['-o', join(work, 'object'), join(IO, 'sha1-pair.s')])
  execFileSync('objcopy', ['-O', 'binary', '-j', '.text', join(work, 'object'), join(work, 'code')])
  const code = readFileSync(join(work, 'code'))
  assert.ok(code.length > 1000)
  assert.ok(readFileSync(join(IO, 'sha1-pair.linux-x64.so')).includes(code), 'run `npm run build:native`')
})
