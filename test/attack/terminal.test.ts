// Names and words from outside that would move cursors, retitle windows or reverse text: whatever the command line
// prints of them is harmless.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { encodeBencode } from '../../src/core/bencode.ts'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { fakeHttpTracker } from '../engine/fake-trackers.ts'
import { serveDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { runShoal } from '../support/shoal.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const EVIL = '\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b1mred\u202egpj.exe\u2066\r\nfake: line'
/** All that a terminal would obey; lines end with \n. */
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/

test('names in torrents and links, and what trackers say, are printed harmless by every command', async (t) => {
  const tracker = await fakeHttpTracker(t, () => ({ body: encodeBencode({ 'failure reason': EVIL }) }))
  await using it = await serveDaemon()
  const { info } = makeTorrent([{ path: `${EVIL}/${EVIL}.mp4`, bytes: patternBytes(20_000, 1) }], 16_384)
  const evil = {
    ...bareMetainfo(info),
    trackers: [[tracker.url]],
    comment: EVIL,
    createdBy: EVIL,
  }
  const home = makeHome('evil')
  const torrent = join(home, 'evil.torrent')
  writeFileSync(torrent, writeTorrent(evil))
  const link = `magnet:?xt=urn:btih:${'9'.repeat(40)}&dn=${encodeURIComponent(EVIL)}`
  const where = ['--state-dir', it.daemon.stateDir]
  const all = [
    ['add', torrent, ...where],
    ['add', link, ...where],
    ['list', ...where],
    ['files', '1', ...where],
    ['trackers', '1', ...where],
    ['list', '--label', EVIL, ...where],
    ['set', '1', '--label', EVIL, ...where],
    ['set', '1', '--want', EVIL, ...where],
    ['rename', '1', EVIL, ...where],
    ['move', '1', join(home, EVIL), ...where],
    ['list', EVIL, ...where],
    ['stop', EVIL, ...where],
    ['play', '1', ...where],
    ['config', EVIL, ...where],
    ['info', torrent],
    ['info', link],
    ['verify', torrent, '--dir', home],
    ['remove', '1', '2', ...where],
  ]
  for (const words of all) {
    if (words[0] === 'trackers') await until('the tracker has answered', () => tracker.asked.length > 0)
    const { stdout, stderr } = await runShoal(words)
    for (const text of [stdout, stderr]) {
      const found = OBEYED.exec(text)
      assert.equal(found, null, `${words[0]} prints ${JSON.stringify(found?.[0])}: ${JSON.stringify(text)}`)
    }
    assert.ok(!/^fake: line/m.test(stdout), `${words[0]} makes a line of its own: ${stdout}`)
  }
})
