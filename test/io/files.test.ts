import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { checkWritable, writeWhole } from '../../src/io/files.ts'
import { firstDifference } from '../../src/cli/same-files.ts'
import { infoOf } from '../cli/torrents.ts'

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

const code = (code: string): { readonly code: string } => ({ code })

test('a file is written whole and nothing else stays', async (t) => {
  const folder = scratch(t)
  await writeWhole(join(folder, 'a'), Uint8Array.of(1, 2), false)
  assert.deepEqual([...readFileSync(join(folder, 'a'))], [1, 2])
  assert.deepEqual(readdirSync(folder), ['a'])
})

test('of two writes at once one makes the file, and the other finds it there', async (t) => {
  const folder = scratch(t)
  const path = join(folder, 'a')
  const both = [1, 2].map((byte) => writeWhole(path, Uint8Array.of(byte), false))
  const settled = await Promise.allSettled(both)
  assert.deepEqual(
    settled.map(({ status }) => status).sort((a, b) => a.localeCompare(b)),
    ['fulfilled', 'rejected'],
  )
  assert.deepEqual([...readFileSync(path)], [settled[0]?.status === 'fulfilled' ? 1 : 2])
  const again = [3, 4].map((byte) => writeWhole(path, Uint8Array.of(byte), true))
  await Promise.all(again)
  assert.deepEqual(readdirSync(folder), ['a'])
})

test('a file that exists is replaced only if that is asked for', async (t) => {
  const folder = scratch(t)
  const path = join(folder, 'a')
  writeFileSync(path, 'old')
  await assert.rejects(writeWhole(path, Uint8Array.of(1), false), code('exists'))
  assert.equal(readFileSync(path, 'utf8'), 'old')
  await assert.rejects(checkWritable(path, false), code('exists'))
  await checkWritable(path, true)
  await writeWhole(path, Uint8Array.of(110, 101, 119), true)
  assert.equal(readFileSync(path, 'utf8'), 'new')
  assert.deepEqual(readdirSync(folder), ['a'])
})

test('a missing folder and a folder in the way are told before', async (t) => {
  const folder = scratch(t)
  mkdirSync(join(folder, 'b'))
  await assert.rejects(checkWritable(join(folder, 'none', 'a'), false), code('not-found'))
  await assert.rejects(checkWritable(join(folder, 'b'), true), code('exists'))
  await assert.rejects(writeWhole(join(folder, 'none', 'a'), Uint8Array.of(1), true), code('not-found'))
})

test('copies are compared to the last byte', async (t) => {
  const folder = scratch(t)
  const whole = Buffer.alloc(2_500_000, 7)
  const copy = (name: string, bytes: Uint8Array): string => {
    mkdirSync(join(folder, name, 'photos'), { recursive: true })
    writeFileSync(join(folder, name, 'photos', 'x'), bytes)
    return join(folder, name)
  }
  const info = infoOf({ x: whole.length })
  const original = copy('original', whole)
  assert.equal(await firstDifference(info, original, copy('same', whole)), undefined)
  const others = [
    Buffer.concat([whole, Buffer.of(7)]),
    whole.subarray(1),
    Buffer.concat([whole.subarray(1), Buffer.of(8)]),
  ]
  for (const other of others) {
    assert.equal(await firstDifference(info, original, copy('other', other)), join('photos', 'x'))
  }
})
