// `GET /events`: which parts are told, when, and to whom.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, connect } from 'node:net'
import test from 'node:test'
import { serve } from '@hono/node-server'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { type StreamTimes, streamEvents } from '../../src/daemon/event-stream.ts'
import type { DirectEvent, LogRow, SessionEvent } from '../../src/daemon/rpc/page-types.ts'
import type { TorrentsEvent } from '../../src/daemon/rpc/types.ts'
import { serveDaemon, type ServedDaemon } from '../support/daemon.ts'
import { readEvents, type SentEvent } from '../support/events.ts'
import { until } from '../support/program.ts'

const MAGNET = `magnet:?xt=urn:btih:${'5'.repeat(40)}&dn=link`

function ask({ url, token }: ServedDaemon, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}` }
  return fetch(new URL(path, url), { headers, ...init })
}

/** Reads until `isEnough` of what came so far, then leaves. */
async function listen(
  it: ServedDaemon,
  path: string,
  isEnough: (seen: readonly SentEvent[]) => boolean | Promise<boolean>,
): Promise<SentEvent[]> {
  const ended = new AbortController()
  const seen: SentEvent[] = []
  try {
    for await (const event of readEvents(await ask(it, path, { signal: ended.signal }))) {
      seen.push(event)
      if (await isEnough(seen)) ended.abort()
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error
  }
  return seen
}

test('only the parts that are asked for come, all there is at first', async () => {
  await using it = await serveDaemon()
  it.daemon.journal.add('info', 'session', 'begun')
  const seen = await listen(it, '/events?parts=log,session,jobs', (events) => events.length === 3)
  assert.deepEqual(seen.map(({ event }) => event).toSorted(), ['jobs', 'log', 'session'])
  const log = seen.find(({ event }) => event === 'log')?.data as readonly LogRow[]
  assert.equal(log.at(-1)?.text, 'begun')
})

test('an unknown part is refused with those there are, and so is a request that reads nothing', async () => {
  await using it = await serveDaemon()
  for (const parts of ['torrents,weather', '', 'torrents,,log']) {
    const refused = await ask(it, `/events?parts=${parts}`)
    assert.equal(refused.status, 400)
    assert.match(
      await refused.text(),
      /^There is no part ".*": parts are torrents, people, direct, session, log, jobs\.\n$/,
    )
  }
  assert.equal((await ask(it, '/events', { method: 'HEAD' })).status, 405)
})

test('a torrent is told with its place, its labels and what its tracker says', async () => {
  await using it = await serveDaemon()
  const refusing = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(refusing, 'listening')
  const address = refusing.address()
  assert.ok(typeof address === 'object' && address !== null)
  await it.call('torrent_add', { filename: MAGNET, paused: true })
  const other = `magnet:?xt=urn:btih:${'6'.repeat(40)}&tr=http://127.0.0.1:${address.port}/announce`
  await it.call('torrent_add', { filename: other, labels: ['film'] })
  const isTold = (events: readonly SentEvent[]): boolean =>
    events.some(({ data }) => (data as TorrentsEvent).changed.some(({ warning }) => warning !== ''))
  const seen = await listen(it, '/events?parts=torrents', isTold)
  refusing.close()
  const told = seen.flatMap(({ data }) => (data as TorrentsEvent).changed)
  const last = told.filter(({ id }) => id === 2).at(-1)
  assert.deepEqual(
    [last?.labels, last?.queue_position, last?.total_bytes, last?.uploaded_bytes, last?.is_undecided],
    [['film'], 1, 0, 0, false],
  )
  assert.ok(Math.abs((last?.added_at ?? 0) - Date.now() / 1000) < 60)
  assert.deepEqual(
    told.filter(({ id }) => id === 1).map(({ queue_position: place, warning }) => [place, warning]),
    [[0, '']],
  )
})

test('the session is told when it changes: limits, room, and whether it can be reached', async () => {
  await using it = await serveDaemon({ 'down-limit': 300, 'down-limit-on': false })
  const seen = await listen(it, '/events?parts=session', async (events) => {
    const { data } = events.at(-1) ?? {}
    const { down_limit: limit, free_bytes: free } = data as SessionEvent
    if (free !== null && limit === null) await it.daemon.changeSettings({ 'down-limit-on': true })
    return limit !== null
  })
  const told = seen.map(({ data }) => data as SessionEvent)
  const texts = told.map((one) => JSON.stringify(one))
  assert.equal(new Set(texts).size, texts.length, 'nothing is told twice')
  const last = told.at(-1)
  assert.deepEqual(
    [last?.down_limit, last?.up_limit, last?.is_limited, last?.peers, last?.is_direct_on, last?.reachable],
    [300, null, false, 0, false, null],
  )
  assert.ok((last?.free_bytes ?? 0) > 0)
  assert.match(last?.reachable_why ?? '', /^Only programs of this machine can connect/)
  const status = await it.call('shoal_status')
  assert.equal(status['reachableWhy'], last?.reachable_why)
})

test('what happened is told once each', async () => {
  await using it = await serveDaemon()
  for (let n = 0; n < 300; n++) it.daemon.journal.add('info', 'session', `before ${n}`)
  const seen = await listen(it, '/events?parts=log', (events) => {
    if (events.length === 1) it.daemon.journal.add('warning', 'people', 'after')
    return events.length === 2
  })
  const [first, second] = seen.map(({ data }) => (data as readonly LogRow[]).map(({ text }) => text))
  assert.deepEqual([first?.length, first?.at(-1)], [200, 'before 299'])
  assert.deepEqual(second, ['after'])
})

test('people are told as lists, of a daemon that meets people', async () => {
  await using it = await serveDaemon({ 'direct-on': true, 'direct-port': 0, nearby: false })
  const seen = await listen(it, '/events?parts=direct', async (events) => {
    if (events.length === 1) await it.call('shoal_contact_add', { name: 'ann', address: '127.0.0.1:1' })
    return events.length === 2
  })
  const [first, second] = seen.map(({ data }) => data as DirectEvent)
  assert.deepEqual(first, { contacts: [], sent: [], offers: [], fetches: [], messages: [], link: null })
  assert.deepEqual(Object.keys(second ?? {}), ['contacts'])
  assert.deepEqual(
    second?.contacts?.map(({ name, code }) => [name, code]),
    [['ann', null]],
  )
})

test('so many may listen and no more, and who leaves makes room', async () => {
  await using it = await serveDaemon()
  const ended = new AbortController()
  const { signal } = ended
  const all = await Promise.all(Array.from({ length: 64 }, () => ask(it, '/events?parts=session', { signal })))
  assert.deepEqual([...new Set(all.map(({ status }) => status))], [200])
  assert.equal((await ask(it, '/events')).status, 503)
  assert.equal((await ask(it, '/events/torrent?id=1')).status, 503)
  ended.abort()
  await until('there is room again', async () => {
    const again = await ask(it, '/events')
    await again.body?.cancel()
    return again.status === 200
  })
})

test('a page that is signed out is told nothing more', async () => {
  await using it = await serveDaemon()
  const { pageSessions } = it.daemon
  const secret = pageSessions.signIn({ browser: 'Firefox', address: '127.0.0.1', isSecure: false })
  const headers = { Cookie: `shoal-${new URL(it.url).port}=${secret}` }
  let count = 0
  for await (const { event } of readEvents(await ask(it, '/events', { headers }))) {
    assert.equal(event, 'torrents')
    if (count++ === 0) for (const { id } of pageSessions.all) pageSessions.end(id)
  }
  assert.ok(count <= 2, `${count} looks`)
})

/** A server of one stream, and how it went. */
async function streaming(next: () => readonly SentEvent[], times: StreamTimes) {
  const app = new Hono<{ Bindings: HttpBindings }>()
  const closed = Promise.withResolvers<void>()
  app.get('/', (context) => streamEvents(context, { next, close: closed.resolve }, () => true, times))
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const end = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))
  return { port: address.port, closed: closed.promise, [Symbol.asyncDispose]: end }
}

test('a silence is broken by comments', async () => {
  const times = { everyMs: 5, heartbeatMs: 30, stalledMs: 60_000 }
  let looks = 0
  await using it = await streaming(() => (looks++ === 0 ? [{ event: 'session', data: 1 }] : []), times)
  const ended = new AbortController()
  const seen: string[] = []
  try {
    const answer = await fetch(`http://127.0.0.1:${it.port}/`, { signal: ended.signal })
    for await (const { event } of readEvents(answer)) {
      seen.push(event)
      if (seen.length === 3) ended.abort()
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error
  }
  assert.deepEqual(seen, ['session', '', ''])
  await it.closed
  assert.ok(looks > 5, `${looks} looks`)
})

test('a reader that takes nothing is looked for no more, and cut off after a while', async () => {
  const megabyte = 'x'.repeat(1024 * 1024)
  let looks = 0
  const next = (): readonly SentEvent[] => {
    looks++
    return [{ event: 'torrents', data: megabyte }]
  }
  await using it = await streaming(next, { everyMs: 1, heartbeatMs: 15_000, stalledMs: 500 })
  const reader = connect(it.port, '127.0.0.1')
  reader.pause()
  reader.on('error', () => undefined) // it is cut
  reader.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await it.closed
  assert.ok(looks < 64, `${looks} MiB were made for nobody`)
  reader.destroy()
})
