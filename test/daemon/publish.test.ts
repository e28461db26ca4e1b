// Listing what is shared: which trackers get what, by which key, and what is said about it.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { toHex } from '../../src/core/bytes.ts'
import { bareMetainfo, type Info, type Metainfo } from '../../src/core/metainfo/metainfo.ts'
import { type Published, publish } from '../../src/daemon/publish.ts'
import { makeHome, removeHome } from '../support/program.ts'
import { type CatalogueServer, type Otherwise, serveCatalogue } from '../cli/catalogue-server.ts'
import { infoOf } from '../cli/torrents.ts'

const NEVER = new AbortController().signal
const PHOTOS = infoOf({ 'a.jpg': 5 })
const LETTERS = infoOf({ 'b.txt': 5 })

interface Stage {
  readonly stateDir: string
  readonly tracker: CatalogueServer
  /** What trackers said so far. */
  readonly said: readonly Published[]
  readonly list: (info: Info, ...trackers: readonly string[]) => Promise<void>
}

async function stage(stack: AsyncDisposableStack, otherwise?: Otherwise): Promise<Stage> {
  const stateDir = stack.adopt(makeHome('publish'), removeHome)
  const tracker = stack.use(await serveCatalogue(otherwise))
  const said: Published[] = []
  return {
    ...{ stateDir, tracker, said },
    async list(info, ...trackers) {
      const metainfo: Metainfo = { ...bareMetainfo(info), trackers: trackers.map((url) => [url]) }
      said.push(...(await publish(metainfo, stateDir, NEVER)))
    },
  }
}

test('each HTTP tracker gets the torrent once', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, said, list } = await stage(stack)
  const other = stack.use(await serveCatalogue())
  const announce = `${tracker.url}/announce`
  await list(PHOTOS, announce, 'udp://127.0.0.1:9/announce', `${other.url}/announce`, `${tracker.url}/announce?x=1`)
  assert.deepEqual([tracker.requests, other.requests], [['POST /catalogue'], ['POST /catalogue']])
  assert.deepEqual(
    said.map(({ tracker: host, reply }) => [host, reply]),
    [tracker, other].map(({ url }) => [new URL(url).host, { name: 'photos', isNew: true }]),
  )
})

test('who lists is known by a key of each torrent, made of one that only the user has', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, stateDir, list } = await stage(stack)
  for (const info of [PHOTOS, LETTERS, PHOTOS]) await list(info, `${tracker.url}/announce`)
  const file = join(stateDir, 'catalogue-key')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const key = readFileSync(file)
  assert.equal(key.length, 32)
  const expected = [PHOTOS, LETTERS, PHOTOS].map(({ infoHashV1 = '' }) => {
    return createHmac('sha256', key).update(infoHashV1).update(tracker.url).digest('hex')
  })
  assert.deepEqual(
    tracker.posted.map(({ ownerKey }) => ownerKey),
    expected,
  )
})

test('a passkey says where the catalogue is, and stands in no torrent that is listed', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, list } = await stage(stack)
  const other = stack.use(await serveCatalogue())
  await list(PHOTOS, `${tracker.url}/abcd1234/announce`, 'udp://127.0.0.1:9', `${other.url}/announce`)
  const [posted] = tracker.posted
  assert.equal(posted?.path, '/abcd1234/catalogue')
  assert.deepEqual(posted.metainfo.trackers, [['udp://127.0.0.1:9'], [`${other.url}/announce`]])
  assert.deepEqual(
    other.posted.map(({ bytes }) => Buffer.from(bytes).includes('abcd1234')),
    [false],
  )
})

test('private torrents, and those without a v1 hash, are not listed', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, said, list } = await stage(stack)
  await list({ ...PHOTOS, isPrivate: true }, `${tracker.url}/announce`)
  await list({ ...PHOTOS, infoHashV1: undefined }, `${tracker.url}/announce`)
  assert.deepEqual([tracker.requests, said], [[], []])
})

test('a torrent file that is too long is sent to nobody', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, list } = await stage(stack)
  const sent = list({ ...PHOTOS, bytes: new Uint8Array(2 * 1024 * 1024) }, `${tracker.url}/announce`)
  await assert.rejects(sent, { code: 'usage', message: 'its .torrent file has more than 2097152 bytes' })
  assert.deepEqual(tracker.requests, [])
})

test('a tracker that refuses says why in one line; one that has no catalogue is not spoken of', async () => {
  await using stack = new AsyncDisposableStack()
  const replies = [
    { status: 404, body: '{"error":"this tracker has no catalogue"}' },
    { status: 403, body: '<html>Forbidden</html>' },
    { status: 502, body: '' },
    { status: 200, body: '<html>Welcome</html>' },
    { status: 201, body: JSON.stringify({ info_hash: 'ab'.repeat(20), name: 'photos', isNew: true }) },
    { status: 200, body: 'x'.repeat(100_000) },
    { status: 429, body: '{"error":"ask again\\u001b[2J in an hour"}' },
  ]
  let n = 0
  const { tracker, said, list } = await stage(stack, () => replies[n++])
  for (const _ of replies) await list(PHOTOS, `${tracker.url}/announce`)
  await list(PHOTOS, 'http://127.0.0.1:1/announce') // refuses the connection
  const { host } = new URL(tracker.url)
  assert.deepEqual(said, [
    {
      tracker: host,
      infoHash: toHex(PHOTOS.infoHashV1 ?? new Uint8Array()),
      reply: { refusal: 'ask again[2J in an hour' },
    },
  ])
  assert.equal(tracker.requests.length, replies.length)
})

test('a redirect is not followed', async () => {
  await using stack = new AsyncDisposableStack()
  const other = stack.use(await serveCatalogue())
  const headers = { location: `${other.url}/catalogue` }
  const { tracker, said, list } = await stage(stack, () => ({ status: 307, headers }))
  await list(PHOTOS, `${tracker.url}/announce`)
  assert.deepEqual([tracker.requests.length, other.requests.length, said], [1, 0, []])
})
