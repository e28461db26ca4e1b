// What a tracker tells of itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TrackerServer } from '../../src/tracker/tracker-server.ts'
import { getPage, joinHttp, makeRequest, UdpAsker } from '../support/tracker-asker.ts'

test('a browser gets a page, other programs lines, and Prometheus figures', async () => {
  await using cleanup = new AsyncDisposableStack()
  const tracker = cleanup.adopt(await TrackerServer.listen({ port: 0, host: '127.0.0.1' }), (one) => one.close())
  const base = `http://127.0.0.1:${tracker.port}`
  for (const port of [1, 2, 3]) await joinHttp(`${base}/announce`, makeRequest({ port }))
  using asker = await UdpAsker.open('127.0.0.1', tracker.port)
  await asker.announce(await asker.connect(), makeRequest({ port: 4 }))
  const text = await getPage(`${base}/`)
  assert.match(Buffer.from(text.body).toString(), /^Shoal tracker\n\ntorrents {3}1\npeers {6}4\nannounces {2}4\n$/)
  const answer = await fetch(base, { headers: { accept: 'text/html,*/*' } })
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
  const page = await answer.text()
  assert.match(page, /<dt>Announces over UDP<\/dt><dd>1<\/dd>/)
  assert.ok(page.includes(`<code>udp://127.0.0.1:${tracker.port}/announce</code>`))
  const metrics = Buffer.from((await getPage(`${base}/metrics`)).body).toString()
  for (const line of [
    'shoal_tracker_torrents 1',
    'shoal_tracker_peers 4',
    'shoal_tracker_announces_total{via="http"} 3',
    'shoal_tracker_announces_total{via="udp"} 1',
    'shoal_tracker_refusals_total 0',
  ]) {
    assert.ok(metrics.split('\n').includes(line), line)
  }
})
