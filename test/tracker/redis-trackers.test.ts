// Two trackers, each a process of its own, on one Redis. One is killed while announces come in; clients go to the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AnnounceRequest, isFailure } from '../../src/core/tracker/announce.ts'
import { readScrapeAnswer, scrapeQuery, scrapeUrl } from '../../src/core/tracker/http-scrape.ts'
import { withQuery } from '../../src/core/tracker/http-query.ts'
import { type Program, startProgram, until } from '../support/program.ts'
import { RedisServer, skipWithoutRedis as skip } from '../support/redis.ts'
import { announceHttp, getPage, joinHttp, makeRequest, someHash } from '../support/tracker-asker.ts'

const SOURCES = new URL('../../src/tracker/', import.meta.url).href
const TRACKER = `
  const { RedisStore } = await import('${SOURCES}redis-store.ts')
  const { TrackerServer } = await import('${SOURCES}tracker-server.ts')
  const store = await RedisStore.connect(process.argv[1], { keepSec: 3600 })
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1', store })
  console.log('port ' + tracker.port)`

interface TrackerProcess {
  readonly program: Program
  readonly url: string
}

async function startTracker(redisUrl: string): Promise<TrackerProcess> {
  let port: string | undefined
  const onLine = (line: string): void => void (port ??= /^port (\d+)$/.exec(line)?.[1])
  const program = startProgram(process.execPath, ['--input-type=module', '-e', TRACKER, redisUrl], { onLine })
  const found = await until('the tracker listens', () => port, { program, everyMs: 10 })
  return { program, url: `http://127.0.0.1:${found}/announce` }
}

const TORRENTS = 10
/** Of each torrent: a third completes it, a third leaves, a third stays as it came. */
const PEERS = 60
const CLIENTS = 16
const hashOf = (torrent: number): AnnounceRequest['infoHash'] => someHash(`torrent ${torrent}`)
const portOf = (peer: number): number => 1000 + peer

/** All that a torrent's peers say, in the order in which they say it. */
function announcesOf(torrent: number): AnnounceRequest[] {
  const peers = Array.from({ length: PEERS }, (_, peer) =>
    makeRequest({ infoHash: hashOf(torrent), port: portOf(peer) }),
  )
  return [
    ...peers.map((request) => ({ ...request, event: 'started' as const })),
    ...peers.filter((_, n) => n % 3 === 0).map((request) => ({ ...request, left: 0, event: 'completed' as const })),
    ...peers.filter((_, n) => n % 3 === 1).map((request) => ({ ...request, event: 'stopped' as const })),
  ]
}

test('when one of two trackers is killed, every announce is answered and every swarm stays whole', {
  skip,
}, async () => {
  await using redis = await RedisServer.start()
  await using stack = new AsyncDisposableStack()
  const trackers = await Promise.all([startTracker(redis.url()), startTracker(redis.url())])
  for (const { program } of trackers) stack.use(program)
  const [doomed, other] = trackers
  const torrents = Array.from({ length: TORRENTS }, (_, torrent) => torrent)
  // Each client speaks for some peers, so what one peer says stays in order.
  const all = torrents.flatMap((torrent) => announcesOf(torrent))
  const killAfter = Math.floor(all.length / 2)
  let answered = 0
  let movedOver = 0

  const client = async (number: number): Promise<void> => {
    for (const [n, request] of all.filter(({ port }) => port % CLIENTS === number).entries()) {
      const first = n % 2 === 0 ? doomed : other
      const answer = await announceHttp(first.url, request).catch(() => {
        movedOver++
        return announceHttp(other.url, request)
      })
      assert.ok(!isFailure(answer))
      if (++answered === killAfter) doomed.program.signal('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))

  assert.equal(answered, all.length)
  assert.ok(movedOver > 0)
  await doomed.program.exited()
  const third = PEERS / 3
  const hashes = torrents.map(hashOf)
  const { body } = await getPage(withQuery(scrapeUrl(other.url) ?? '', scrapeQuery(hashes)))
  const whole = { seeders: third, leechers: third, completed: third }
  assert.deepEqual(
    readScrapeAnswer(body, hashes),
    torrents.map(() => whole),
  )
  const expected = Array.from({ length: PEERS }, (_, peer) => peer).filter((peer) => peer % 3 !== 1)
  for (const infoHash of hashes) {
    const { peers } = await joinHttp(other.url, makeRequest({ infoHash, port: 0, numWant: 200 }))
    assert.deepEqual(
      peers.map(({ port }) => port).sort((a, b) => a - b),
      expected.map(portOf),
    )
  }
})

test('what one tracker is told the other one tells', { skip }, async () => {
  await using redis = await RedisServer.start()
  await using stack = new AsyncDisposableStack()
  const [one, other] = await Promise.all([startTracker(redis.url()), startTracker(redis.url())])
  for (const { program } of [one, other]) stack.use(program)
  await joinHttp(one.url, makeRequest({ port: 1 }))
  const { peers } = await joinHttp(other.url, makeRequest({ port: 2 }))
  assert.deepEqual(peers, [{ ip: '127.0.0.1', port: 1 }])
  await joinHttp(other.url, makeRequest({ port: 1, event: 'stopped' }))
  const { leechers } = await joinHttp(one.url, makeRequest({ port: 3 }))
  assert.equal(leechers, 2)
})

test('while Redis is away announces are refused with a reason, and the tracker lives on', { skip }, async () => {
  await using redis = await RedisServer.start()
  const { program, url } = await startTracker(redis.url())
  await using _ended = program
  await redis.kill()
  assert.deepEqual(await announceHttp(url, makeRequest()), { failure: 'the tracker cannot answer now' })
  await redis.restart()
  await until('it answers', async () => !isFailure(await announceHttp(url, makeRequest())), { program })
})
