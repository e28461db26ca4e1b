// Searching a catalogue, and getting what was found there: trackers may answer anything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex } from '../../src/core/bytes.ts'
import { AppError, type ErrorCode } from '../../src/core/errors.ts'
import { loadListed } from '../../src/cli/find-listed.ts'
import { listTorrent, searchCatalogue } from '../../src/io/catalogue-client.ts'
import { serveCatalogue } from './catalogue-server.ts'
import { infoOf, torrentOf } from './torrents.ts'

const signal = new AbortController().signal
const PHOTOS = infoOf({ 'a.jpg': 5 })
const HASH = toHex(PHOTOS.infoHashV1 ?? new Uint8Array())
const OTHER = infoOf({ 'b.jpg': 5 })

function refused(promise: Promise<unknown>, code: ErrorCode, sentence: RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof AppError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, sentence)
    return true
  })
}

test('what is listed is got by its name or hash, and also asks the tracker where it was found', async () => {
  await using tracker = await serveCatalogue()
  const listing = torrentOf(PHOTOS, [['udp://127.0.0.1:9'], [`${tracker.url}/announce`]])
  await listTorrent({ base: tracker.url, signal }, listing, HASH, '')
  for (const word of ['photos', HASH, HASH.toUpperCase()]) {
    const { metainfo, bytes } = await loadListed(word, { base: tracker.url, signal }, true)
    assert.deepEqual(metainfo.info, PHOTOS)
    assert.deepEqual(Buffer.from(bytes), Buffer.from(listing), 'it names the tracker, and stays as it is')
  }
  const base = `${tracker.url}/abcd1234`
  const { metainfo } = await loadListed('photos', { base, signal }, true)
  assert.deepEqual(metainfo.trackers, [[`${base}/announce`], ['udp://127.0.0.1:9'], [`${tracker.url}/announce`]])
  assert.equal(toHex(metainfo.info.infoHashV1 ?? new Uint8Array()), HASH)
})

test('a torrent that is another than was listed, too long or none is refused', async () => {
  const answers = [torrentOf(OTHER), new Uint8Array(2 * 1024 * 1024 + 1), new Uint8Array()]
  await using tracker = await serveCatalogue((method) => {
    return method === 'GET' ? { status: 200, body: answers.shift() ?? '' } : undefined
  })
  const load = (): Promise<unknown> => loadListed(HASH, { base: tracker.url, signal }, true)
  await refused(load(), 'bad-answer', /^\S+ sends another torrent than it lists$/)
  await refused(load(), 'bad-answer', /answers with more than 2097152 bytes/)
  await refused(load(), 'bad-metainfo', /damaged/)
})

test('trackers that have no catalogue, refuse, or answer nonsense are told apart', async () => {
  const replies = [
    { status: 404, body: 'There is a tracker here' },
    { status: 403, body: '{"error":"for members only"}' },
    { status: 500, body: 'oh' },
    { status: 200, body: '<html>' },
    { status: 200, body: new Uint8Array(1024 * 1024 + 1) },
  ]
  await using tracker = await serveCatalogue(() => replies.shift())
  const search = (): Promise<unknown> => searchCatalogue({ base: tracker.url, signal }, 'photos', 20)
  await refused(search(), 'not-found', /^\S+ has no catalogue of torrents$/)
  await refused(search(), 'tracker', /^\S+ refuses: for members only$/)
  await refused(search(), 'tracker', /^\S+ refuses: it answers with HTTP status 500$/)
  await refused(search(), 'bad-answer', /no list of torrents$/)
  await refused(search(), 'bad-answer', /answers with more than 1048576 bytes$/)
})

test('words go to the tracker as they are', async () => {
  await using tracker = await serveCatalogue()
  await searchCatalogue({ base: tracker.url, signal }, 'a&b=ü #1', 20)
  await searchCatalogue({ base: tracker.url, signal }, '', 5)
  assert.deepEqual(tracker.requests, ['GET /catalogue?q=a%26b%3D%C3%BC+%231&limit=20', 'GET /catalogue?limit=5'])
})
