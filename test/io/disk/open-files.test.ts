import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { OpenFiles } from '../../../src/io/disk/open-files.ts'

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-open-'))
  t.after(() => rmSync(dir, { recursive: true }))
  for (let n = 0; n < 30; n++) writeFileSync(join(dir, `${n}`), '')
  return dir
}

test('the least recently used file is closed for another', (t) => {
  const dir = folder(t)
  const files = new OpenFiles(2)
  const first = files.open(0, 0, join(dir, '0'), 'read')
  files.open(1, 0, join(dir, '1'), 'read')
  assert.equal(files.get(0, 0, false), first)
  files.open(2, 0, join(dir, '2'), 'read')
  assert.deepEqual([files.get(0, 0, false), files.get(1, 0, false)], [first, undefined])
  files.closeRange(0, 100)
  assert.equal(files.get(0, 0, false), undefined)
})

test('a file is opened again when it is elsewhere or must be written to', (t) => {
  const dir = folder(t)
  const files = new OpenFiles()
  files.open(0, 5, join(dir, '0'), 'read')
  assert.equal(files.get(0, 6, false), undefined)
  files.open(0, 6, join(dir, '0'), 'read')
  assert.equal(files.get(0, 6, true), undefined)
  const fd = files.open(0, 6, join(dir, '0'), 'write')
  assert.equal(files.get(0, 6, false), fd)
  files.closeRange(0, 100)
})

test('when the process has no descriptor left, ours are closed', { skip: process.platform !== 'linux' }, (t) => {
  const limit = (soft: string): void => {
    const pid = String(process.pid)
    assert.equal(spawnSync('prlimit', ['--pid', pid, `--nofile=${soft}:`], { stdio: 'ignore' }).status, 0)
  }
  const dir = folder(t)
  const files = new OpenFiles()
  for (let n = 0; n < 20; n++) files.open(n, 0, join(dir, `${n}`), 'read')
  const highest = Math.max(...readdirSync('/proc/self/fd').map(Number))
  limit(String(highest + 10))
  const others: number[] = []
  try {
    assert.throws(() => {
      for (;;) others.push(openSync(join(dir, '29'), 'r'))
    }, /EMFILE/)
    assert.ok(files.open(20, 0, join(dir, '20'), 'read') > 0)
    assert.equal(files.get(19, 0, false), undefined)
  } finally {
    limit('1024')
  }
  files.closeRange(0, 100)
})
