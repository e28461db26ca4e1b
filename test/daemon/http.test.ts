// What the daemon's HTTP server tells besides the API.
import assert from 'node:assert/strict'
import test from 'node:test'
import { DaemonClient } from '../../src/cli/daemon-client.ts'
import type { TorrentsEvent } from '../../src/daemon/rpc/types.ts'
import { FeedReader } from '../../src/daemon/torrent-feed.ts'
import { openDaemon, serveDaemon } from '../support/daemon.ts'
import { until } from '../support/program.ts'

const MAGNET = `magnet:?xt=urn:btih:${'5'.repeat(40)}&dn=link`

test('health is told to everybody, figures only to who may look', async () => {
  await using it = await serveDaemon()
  await it.call('torrent_add', { filename: MAGNET, paused: true })
  const { origin } = new URL(it.url)
  assert.equal(await (await fetch(`${origin}/health`)).text(), 'ok\n')
  const refused = await fetch(`${origin}/metrics`)
  assert.equal(refused.status, 401)
  await refused.arrayBuffer()
  const text = await (await fetch(`${origin}/metrics`, { headers: { Authorization: `Bearer ${it.token}` } })).text()
  assert.match(text, /^shoal_torrents\{state="stopped"\} 1$/m)
  assert.match(text, /^# TYPE shoal_uploaded_bytes_total counter\nshoal_uploaded_bytes_total 0$/m)
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^# (HELP|TYPE) \w+ .+$|^\w+(\{\w+="[^"]*"\})? [\d.e+]+$/)
})

test('changes are told as they come, each once, and what went too', async () => {
  await using it = await serveDaemon()
  await it.call('torrent_add', { filename: MAGNET, paused: true })
  const ended = new AbortController()
  const seen: TorrentsEvent[] = []
  try {
    for await (const { event, data } of new DaemonClient(it.daemon.stateDir).events(ended.signal)) {
      assert.equal(event, 'torrents')
      seen.push(data as TorrentsEvent)
      if (seen.length === 1) await it.call('torrent_start', { ids: 1 })
      if (seen.length === 2) await it.call('torrent_remove', { ids: 1 })
      if (seen.length === 4) ended.abort()
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error
  }
  const told = seen.map(({ changed, removed }) => [changed.map(({ id, state }) => `${id} ${state}`), removed])
  assert.deepEqual(told, [
    [['1 stopped'], []],
    [['1 metadata'], []],
    [[], [1]],
    [[], []],
  ])
})

test('one look serves all who listen; who comes later is told all that is there', async () => {
  await using it = await openDaemon()
  const { feed } = it.daemon
  await it.call('torrent_add', { filename: MAGNET, paused: true })
  const [early, late] = [new FeedReader(), new FeedReader()]
  assert.equal(feed.changesFor(early).changed.length, 1)
  assert.equal(feed.changesFor(early).changed.length, 0)
  assert.equal(feed.changesFor(late).changed.length, 1)
  await it.call('torrent_remove', { ids: 1 })
  await until('the early one hears that it went', () => feed.changesFor(early).removed.includes(1))
  assert.deepEqual(feed.changesFor(late).removed, [1])
  assert.deepEqual(feed.changesFor(new FeedReader()), { changed: [], removed: [] })
})
