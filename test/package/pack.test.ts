// The package as users get it: packed, installed globally into an empty prefix, and used from there.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { asRecord } from '../support/json.ts'
import { makeHome, removeHome } from '../support/program.ts'
import { runShoal, startShoal } from '../support/shoal.ts'

const ROOT = join(import.meta.dirname, '../..')
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']

function npm(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

test('the packed tarball installs a shoal command that works', async () => {
  using work = new DisposableStack()
  const home = work.adopt(makeHome('package'), removeHome)
  const tarball =
    npm('pack', '--pack-destination', home, ...QUIET)
      .trim()
      .split('\n')
      .at(-1) ?? ''
  const prefix = join(home, 'prefix')
  npm('install', '--global', '--prefix', prefix, join(home, tarball), ...QUIET)
  const command = [join(prefix, 'bin/shoal')] as const

  const { version } = asRecord(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
  assert.equal((await runShoal(['--version'], { command })).stdout, version)

  writeFileSync(join(home, 'letter.txt'), 'Dear reader')
  const torrent = join(home, 'letter.torrent')
  const created = await runShoal(['create', join(home, 'letter.txt'), '-o', torrent, '--json'], { command })
  assert.equal(created.code, 0, created.stderr)
  const info = await runShoal(['info', torrent, '--json'], { command })
  assert.deepEqual(asRecord(JSON.parse(info.stdout))['files'], [{ path: 'letter.txt', length: 11 }])

  await using seeder = startShoal(['seed', torrent, '--dir', home, '--listen', '127.0.0.1:0'], { command })
  const peer = String((await seeder.event('listening'))['address'])
  const got = join(home, 'got')
  const download = ['download', torrent, '--dir', got, '--listen', '127.0.0.1:0', '--peer', peer, '--exit-when-done']
  assert.equal((await runShoal(download, { command })).code, 0)
  assert.equal(readFileSync(join(got, 'letter.txt'), 'utf8'), 'Dear reader')
})
