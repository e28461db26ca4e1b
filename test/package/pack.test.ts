// The package as users get it: packed, installed globally into an empty prefix, and used from there.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { asRecord } from '../support/json.ts'
import { makeHome, removeHome } from '../support/program.ts'
import { runShoal, type ShoalResult, startShoal } from '../support/shoal.ts'

const ROOT = join(import.meta.dirname, '../..')
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline']

function npm(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

let command: readonly [string] = ['']

before(() => {
  const home = makeHome('package') // it goes with the process
  const packed = npm('pack', '--pack-destination', home, ...QUIET)
  const tarball = packed.trim().split('\n').at(-1) ?? ''
  const prefix = join(home, 'prefix')
  npm('install', '--global', '--prefix', prefix, join(home, tarball), ...QUIET)
  command = [join(prefix, 'bin/shoal')]
})

test('the packed tarball installs a shoal command that works', async () => {
  using work = new DisposableStack()
  const home = work.adopt(makeHome('package'), removeHome)

  const { version } = asRecord(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
  assert.equal((await runShoal(['--version'], { command })).stdout, version)
  const dist = join(realpathSync(command[0]), '../../dist')
  // Without it everything works, more slowly.
  for (const folder of ['command', 'io']) assert.ok(existsSync(join(dist, folder, 'sha1-pair.linux-x64.so')), folder)

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

test('what was compiled once is kept for the next start, in the home of the user or nowhere', async () => {
  using work = new DisposableStack()
  const home = work.adopt(makeHome('package'), removeHome)
  const start = (env: Readonly<Record<string, string>>): Promise<ShoalResult> =>
    runShoal(['--version'], { command, env: { NODE_COMPILE_CACHE: '', ...env } })
  assert.equal((await start({ HOME: home })).code, 0)
  const [version = ''] = readdirSync(join(home, '.cache/shoal/compiled'))
  assert.notDeepEqual(readdirSync(join(home, '.cache/shoal/compiled', version)), [])

  const folders = ['', 'shoal', 'shoal/compiled'].map((name) => join(home, '.cache', name))
  for (const folder of folders) assert.equal(statSync(folder).mode & 0o777, 0o700)

  const elsewhere = join(home, 'caches')
  await start({ XDG_CACHE_HOME: elsewhere })
  assert.ok(existsSync(join(elsewhere, 'shoal/compiled')))

  const blocked = join(home, 'a-file')
  writeFileSync(blocked, '')
  const { code, stderr } = await start({ XDG_CACHE_HOME: blocked })
  assert.deepEqual([code, stderr], [0, ''])
})

test('what others could have written is not taken for compiled code of ours', async () => {
  using work = new DisposableStack()
  const home = work.adopt(makeHome('package'), removeHome)
  const here = join(home, 'here')
  mkdirSync(here)
  const isKept = async (env: Readonly<Record<string, string>>, caches: string): Promise<boolean> => {
    const { code, stderr } = await runShoal(['--version'], {
      command,
      cwd: here,
      env: { NODE_COMPILE_CACHE: '', ...env },
    })
    assert.deepEqual([code, stderr], [0, ''])
    return existsSync(join(caches, 'shoal/compiled')) && readdirSync(join(caches, 'shoal/compiled')).length > 0
  }
  const open = join(home, 'open')
  mkdirSync(open)
  chmodSync(open, 0o777)
  assert.equal(await isKept({ XDG_CACHE_HOME: open }, open), false)
  const loose = join(home, 'loose')
  mkdirSync(join(loose, 'shoal'), { recursive: true })
  chmodSync(join(loose, 'shoal'), 0o775)
  assert.equal(await isKept({ XDG_CACHE_HOME: loose }, loose), false)
  const other = join(home, 'other')
  assert.equal(await isKept({ XDG_CACHE_HOME: other, SUDO_UID: '1000' }, other), false)
  assert.equal(await isKept({ XDG_CACHE_HOME: other }, other), true) // and without all that it is
  for (const HOME of ['', '.']) assert.equal(await isKept({ HOME }, join(here, '.cache')), false)
})

test('a tracker of the package answers, with each kind of thread', async () => {
  for (const options of [[], ['--portable', '--workers', '2']]) {
    await using tracker = startShoal(['tracker', '--port', '0', '--host', '127.0.0.1', ...options], { command })
    const url = String((await tracker.event('listening'))['url'])
    const query = 'info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=6881&left=0'
    for (let n = 0; n < 8; n++) {
      // Each from a connection of its own, so that all threads have their turn.
      const answer = await fetch(`${url}?${query}`, { headers: { Connection: 'close' } })
      assert.match(await answer.text(), /^d8:complete.*i1e/)
    }
  }
})
