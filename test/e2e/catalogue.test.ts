// A tracker's catalogue as users have it: shared, found, downloaded by name, still there after the tracker was killed, unlisted.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { asRecord } from '../support/json.ts'
import { freePort, makeHome, removeHome } from '../support/program.ts'
import { type RunningShoal, runShoal, startShoal } from '../support/shoal.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

async function search(url: string, word: string): Promise<readonly unknown[]> {
  const { code, stdout, stderr } = await runShoal(['search', word, '--tracker', url, '--json'])
  assert.equal(code, 0, stderr)
  const { torrents } = asRecord(JSON.parse(stdout))
  assert(Array.isArray(torrents))
  return torrents
}

test('what is shared is found by its name, comes by its name, and stays over a kill until its owner unlists it', async () => {
  await using stack = new AsyncDisposableStack()
  const home = stack.adopt(makeHome('catalogue'), removeHome)
  const tree = join(home, 'Summer holidays')
  writeTree(tree, { 'beach day.mkv': 700_000, 'notes.txt': 20 })
  mkdirSync(join(home, 'got'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const startTracker = async (): Promise<RunningShoal> => {
    const kept = ['--catalogue', join(home, 'catalogue.db'), '--state', join(home, 'swarms')]
    const tracker = startShoal(['tracker', '--port', String(port), '--host', '127.0.0.1', ...kept])
    await tracker.event('listening')
    return tracker
  }
  const first = stack.use(await startTracker())
  const state = ['--state-dir', join(home, 'ann')]
  const share = stack.use(
    startShoal(['share', tree, '--tracker', `${url}/announce`, '--listen', '127.0.0.1:0', ...state]),
  )
  await share.event('listed')
  writeTree(join(home, 'hidden'), { 'secret.bin': 1000 })
  const unlisted = stack.use(
    startShoal([
      'share',
      join(home, 'hidden'),
      '--unlisted',
      '--tracker',
      `${url}/announce`,
      '--listen',
      '127.0.0.1:0',
    ]),
  )
  await unlisted.event('tracker')
  assert.equal((await search(url, 'beach')).length, 1)
  assert.equal((await search(url, 'secret')).length, 0)

  first.signal('SIGTERM')
  await first.exited()
  const second = stack.use(await startTracker())
  assert.equal((await search(url, 'holi')).length, 1)
  const got = ['--dir', join(home, 'got'), '--listen', '127.0.0.1:0', '--exit-when-done']
  const download = await runShoal(['download', 'summer holidays', '--from', url, ...got])
  assert.equal(download.code, 0, download.stderr)
  compareTrees(tree, join(home, 'got', 'Summer holidays'))

  second.signal('SIGKILL')
  await second.exited()
  stack.use(await startTracker())
  const stranger = await runShoal(['unlist', 'summer holidays', '--tracker', url, '--state-dir', join(home, 'bob')])
  assert.notEqual(stranger.code, 0)
  assert.equal((await search(url, 'beach')).length, 1)
  const owner = await runShoal(['unlist', 'summer holidays', '--tracker', url, ...state])
  assert.equal(owner.code, 0, owner.stderr)
  assert.equal((await search(url, 'beach')).length, 0)
})
