// transmission-remote, as Debian has it, at our daemon: what its users do every day.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { type ServedDaemon, serveDaemon } from '../support/daemon.ts'
import { findProgram, makeHome, until } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PROGRAM = findProgram('transmission-remote')
const skip = PROGRAM === undefined ? 'transmission-remote is not installed' : false

const PIECE = 16_384
const FILES = ['a', 'b'].map((path, n) => ({ path, bytes: patternBytes(3 * PIECE, n) }))
const MAGNET = `magnet:?xt=urn:btih:${'4'.repeat(40)}&dn=link`

/** What it prints. Its exit code says little, "success" is in the text. */
async function remote({ url, token }: ServedDaemon, ...args: string[]): Promise<string> {
  const { host } = new URL(url)
  const child = spawn(PROGRAM ?? '', [host, '--auth', `shoal:${token}`, ...args])
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(child, 'close')
  return text
}

test('transmission-remote adds, lists, selects, limits, checks, removes and reads figures', { skip }, async () => {
  await using it = await serveDaemon()
  const dir = makeHome('data')
  mkdirSync(join(dir, 'top'))
  for (const { path, bytes } of FILES) writeFileSync(join(dir, 'top', path), bytes)
  const torrent = join(dir, 'top.torrent')
  writeFileSync(torrent, writeTorrent(bareMetainfo(makeTorrent(FILES, PIECE).info)))

  assert.match(await remote(it, '--add', torrent, '--download-dir', dir), /success/)
  assert.match(await remote(it, '--add', MAGNET), /success/)
  await until('it found its files', () => it.daemon.list.get(1)?.torrent.isDone)
  assert.match(await remote(it, '--list'), /1 +100% +98\.30 kB +Done .* top\n +2 .* link\n/)
  assert.match(await remote(it, '-t', '1', '--info-files'), /top \(2 files\)[^]*0: 100% Normal +Yes +49\.15 kB +top\/a/)
  assert.match(await remote(it, '-t', '1', '--no-get', '1', '--priority-high', '0'), /success/)
  assert.match(await remote(it, '-t', '1', '--info-files'), /0: 100% High +Yes [^]*1: 100% Normal +No /)
  assert.match(await remote(it, '-t', '1', '--uplimit', '50', '--seedratio', '3'), /success/)
  assert.match(await remote(it, '-t', '1', '--info'), /Upload Limit: 50 kB\/s[^]*Ratio Limit: 3\.0/)
  assert.match(await remote(it, '-t', '1', '--stop'), /success/)
  assert.match(await remote(it, '--list'), /1 .*Stopped +top/)
  assert.match(await remote(it, '-t', '1', '--verify'), /success/)
  assert.match(await remote(it, '-t', '1', '--start'), /success/)
  await until('it seeds again', () => it.daemon.list.get(1)?.torrent.isDone)
  const elsewhere = makeHome('elsewhere')
  assert.match(await remote(it, '-t', '1', '--move', elsewhere), /success/)
  assert.ok(existsSync(join(elsewhere, 'top/a')))
  assert.match(await remote(it, '--uplimit', '70', '--downlimit', '80'), /success/)
  assert.match(await remote(it, '--session-info'), /Upload speed limit: 70 kB\/s[^]*Download speed limit: 80 kB\/s/)
  assert.match(await remote(it, '--session-stats'), /CURRENT SESSION/)
  assert.match(await remote(it, '-t', '2', '--remove'), /success/)
  assert.match(await remote(it, '-t', '1', '--remove-and-delete'), /success/)
  assert.equal(it.daemon.list.size, 0)
})

test('transmission-remote without the token gets nothing', { skip }, async () => {
  await using it = await serveDaemon()
  assert.match(await remote({ ...it, token: 'wrong' }, '--list'), /Sign in/)
})
