// Attacks on the catalogue: by what is published, by what is searched for, and by how it is sent.
import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import fc from 'fast-check'
import { encodeBencode } from '../../src/core/bencode.ts'
import { concatBytes, fromLatin1 } from '../../src/core/bytes.ts'
import { isFailure } from '../../src/core/tracker/announce.ts'
import { Catalogue } from '../../src/tracker/catalogue.ts'
import { readCatalogueTorrent } from '../../src/tracker/catalogue-torrent.ts'
import { searchTerms } from '../../src/tracker/catalogue-words.ts'
import {
  askRaw,
  elementsOf,
  infoHashOf,
  KEY,
  OTHER_KEY,
  readXml,
  type ServedCatalogue,
  serveCatalogue,
  torrentNamed,
} from '../support/catalogue.ts'
import { makeHome } from '../support/program.ts'

const HOSTILE = [
  "'; DROP TABLE torrents; --",
  '" OR *',
  '" OR "" * NEAR(a b, 0) AND NOT ^x {name} : -files :',
  'NEAR(',
  'name:a',
  '*',
  '"',
  '""',
  'a"*',
  '%_%',
  ']]>',
  '<![CDATA[x]]>',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='x",
  '&amp;&#0;&xx;',
  '\u202egpj.exe\u2066\u200f',
  '\x1b]0;title\x07\x9b31m\0\r\nSet-Cookie: a=b',
  '\ufffe\uffff\ud800x\udc00',
  'javascript:alert(1)',
  '../../etc/passwd',
  '__proto__',
]

const OUR_TAG =
  /^<(?:!doctype html|\/?(?:html|head|meta|title|link|style|body|h1|form|input|button|table|tr|th|td|p|a)(?: (?:lang|charset|name|content|rel|type|href|action|method|value|aria-label|maxlength|class)="[^"<>]*"| autofocus)*)>$/

/** No tag, attribute, link or character but those that we write. */
function assertHarmless(page: string): void {
  const tags = page.match(/<[^>]*>?/g) ?? []
  const odd = [
    ...tags.filter((tag) => !OUR_TAG.test(tag) || /href="(?!\/|magnet:)/.test(tag)),
    ...(page.replaceAll('\n', '').match(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g) ?? []),
  ]
  assert.deepEqual(odd, [])
}

/** Everything that can be asked about these words is answered, in good form, and without what a page would obey. */
async function assertAllForms(it: ServedCatalogue, words: string): Promise<number> {
  const q = encodeURIComponent(words.toWellFormed())
  const list = await askRaw(it.port, `/catalogue?q=${q}`)
  assert.equal(list.status, 200)
  const feeds = [`/rss?q=${q}`, `/torznab/api?t=search&q=${q}`]
  for (const path of [...feeds, `/torznab/api?t=${q}`]) {
    const { status, body } = await askRaw(it.port, path)
    assert.equal(status, 200)
    readXml(body)
  }
  const page = await askRaw(it.port, `/search?q=${q}`)
  assert.equal(page.status, 200)
  assertHarmless(page.body)
  const { total } = JSON.parse(list.body) as { total: number }
  return total
}

test('what is SQL, a search expression, XML, HTML or a control character is text, published and searched', async () => {
  await using it = await serveCatalogue({ policy: { limits: { publishesPerHour: 1000 } } })
  for (const text of HOSTILE) {
    const files = [text.replaceAll('/', '') || 'x', 'plain.txt']
    const torrent = torrentNamed(`${text} name`, { files })
    assert.equal((await it.publish(torrent)).status, 201, text)
  }
  for (const text of HOSTILE) await assertAllForms(it, text)
  assert.equal(await assertAllForms(it, 'plain txt'), HOSTILE.length, 'all of them are still there')
  const { body } = await askRaw(it.port, '/rss')
  const titles = elementsOf(readXml(body), 'title').map(({ text }) => text)
  assert.ok(titles.includes('" OR * name') && titles.includes(']]> name'))
  assert.ok(titles.every((title) => !/[\u202a-\u202e\x00-\x1f]/.test(title)))
})

test('whatever is published and searched, every answer is well formed (property)', async () => {
  await using it = await serveCatalogue()
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(...HOSTILE),
    fc.array(fc.constantFrom(...HOSTILE, 'a', ' ', '\u0301'), { maxLength: 4 }).map((parts) => parts.join('')),
    fc.uint8Array({ maxLength: 30 }),
  )
  await fc.assert(
    fc.asyncProperty(text, text, async (name, other) => {
      const torrent = readCatalogueTorrent(torrentNamed(name, { files: [String(other) || '_'] }), true)
      assert(!isFailure(torrent))
      if (it.catalogue.find(torrent.infoHash) === undefined) it.catalogue.add(torrent, new Uint8Array(32))
      const words = String(other)
      const total = await assertAllForms(it, words)
      assert.ok(searchTerms(words) !== undefined || words.trim() === '' || total === 0 || total === it.catalogue.count)
      const entry = await askRaw(it.port, `/catalogue/${infoHashOf(torrent.bytes)}`)
      assert.equal(entry.status, 200)
    }),
    { numRuns: 60 },
  )
})

test('no letter of any script, and no mark, breaks a search', () => {
  const catalogue = Catalogue.open(':memory:', () => 0)
  const character = fc.integer({ min: 1, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
  fc.assert(
    fc.property(fc.array(character, { maxLength: 12 }), fc.array(character, { maxLength: 12 }), (some, more) => {
      catalogue.search(`${some.join('')} ${more.join('')}`, 10, 0)
    }),
    { numRuns: 2000 },
  )
  catalogue.close()
})

test('words without end are cut, and the search is still one', async () => {
  await using it = await serveCatalogue()
  await it.publish(torrentNamed('x'.repeat(100)))
  assert.equal(await assertAllForms(it, 'x'.repeat(5000)), 1, 'by its first 64 letters')
  assert.equal(await assertAllForms(it, 'nothing '.repeat(600)), 0)
})

test('a name of 10,000 characters is cut, wherever it is shown', async () => {
  await using it = await serveCatalogue()
  const torrent = torrentNamed('long '.repeat(2000), { files: ['y'.repeat(10_000)] })
  const { name } = (await (await it.publish(torrent)).json()) as { name: string }
  assert.ok(name.length <= 240)
  const { paths } = (await (await fetch(`${it.url}/catalogue/${infoHashOf(torrent)}`)).json()) as {
    paths: { path: string }[]
  }
  assert.ok((paths[0]?.path.length ?? 0) <= 481)
})

/** `info` has no end of its own here. */
function inTorrent(info: Uint8Array): Uint8Array {
  return concatBytes([fromLatin1('d4:info'), info, fromLatin1('e')])
}

test('torrents that explode when they are read are refused with a reason', async () => {
  await using it = await serveCatalogue()
  const pieces = new Uint8Array(20)
  const plain = { name: 'x', 'piece length': 16_384, pieces }
  const empty = { length: 0, path: ['a'] }
  const bombs: Record<string, Uint8Array> = {
    'nested without end': fromLatin1(`d4:info${'l'.repeat(1_000_000)}`),
    'nested and closed': inTorrent(fromLatin1('d1:a'.repeat(200) + 'e'.repeat(200))),
    'a million empty lists': inTorrent(fromLatin1(`l${'le'.repeat(1_000_000)}e`)),
    'a million files': inTorrent(fromLatin1(`d5:filesl${'de'.repeat(1_000_000)}ee`)),
    'more than 20,000 files': inTorrent(
      encodeBencode({ ...plain, files: [{ length: 1, path: ['b'] }, ...Array.from({ length: 20_000 }, () => empty)] }),
    ),
    'padding of a million pieces': inTorrent(
      encodeBencode({ ...plain, files: [{ attr: 'p', length: 16_384 * 1_000_000, path: ['p'] }, empty] }),
    ),
    'a size beyond all numbers': inTorrent(encodeBencode({ ...plain, length: 2n ** 62n })),
    'a piece length of zero': inTorrent(encodeBencode({ ...plain, 'piece length': 0, length: 5 })),
    'a string of four gigabytes': fromLatin1('d4:info4294967295:x'),
    nothing: new Uint8Array(),
    'no torrent': fromLatin1('<html>'),
  }
  for (const [what, bomb] of Object.entries(bombs)) {
    const answer = await it.publish(bomb)
    const { error } = (await answer.json()) as { error: string }
    assert.equal(answer.status, 422, what)
    assert.ok(error.length > 0 && error.length <= 300, what)
  }
  assert.equal(it.catalogue.count, 0)
})

/** Sends bytes and returns what comes until the other side ends. */
async function talk(port: number, text: string | Uint8Array, isEnd = false): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  let said = ''
  socket.on('data', (chunk) => (said += String(chunk)))
  socket.on('error', () => {}) // a reset
  const closed = new Promise((resolve) => socket.once('close', resolve))
  if (isEnd) socket.end(text)
  else socket.write(text)
  await closed
  return said
}

function head(length: string, key = KEY): string {
  return `POST /catalogue HTTP/1.1\r\nHost: t\r\nShoal-Owner-Key: ${key}\r\n${length}\r\n\r\n`
}

test('a body that is too long, without a length, too slow or never whole is not listed', async () => {
  await using it = await serveCatalogue({ bodyMs: 50 })
  assert.match(await talk(it.port, head('Content-Length: 2097153')), /^HTTP\/1\.1 413 .*"error":"a torrent may have/s)
  assert.match(await talk(it.port, head('Content-Length: 99999999999999999999')), /^HTTP\/1\.1 4(13|00) /)
  assert.match(await talk(it.port, head('Transfer-Encoding: chunked')), /^HTTP\/1\.1 411 /)
  assert.match(await talk(it.port, `${head('Content-Length: 100')}d4:info`), /^HTTP\/1\.1 408 .*too slowly/s)
  await talk(it.port, `${head('Content-Length: 100')}d4:info`, true)
  assert.equal(it.catalogue.count, 0)
  assert.equal((await it.publish(torrentNamed('after that'))).status, 201)
})

test('while many bodies hang, others are asked to come again, and searching goes on', async () => {
  await using it = await serveCatalogue()
  const sockets: net.Socket[] = []
  for (let n = 0; n < 32; n++) {
    const socket = net.connect(it.port, '127.0.0.1')
    sockets.push(socket)
    socket.write(`${head('Content-Length: 2097152\r\nExpect: 100-continue')}`)
    await once(socket, 'data') // it is being read
  }
  const refused = await it.publish(torrentNamed('late'))
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '10'])
  assert.deepEqual(await it.search('late'), [])
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close')))
  for (const socket of sockets) socket.resetAndDestroy()
  await closed
  let status = 503
  while (status === 503) status = (await it.publish(torrentNamed('late'))).status
  assert.equal(status, 201)
})

test('a flood of torrents from one address ends at its limit, damaged ones at another', async () => {
  await using it = await serveCatalogue()
  const statuses: number[] = []
  for (let n = 0; n < 30; n++) statuses.push((await it.publish(torrentNamed(`spam ${n}`))).status)
  assert.deepEqual(statuses, [...Array<number>(20).fill(201), ...Array<number>(10).fill(429)])
  let calls = 30
  while ((await it.publish(fromLatin1('spam'))).status === 422) calls++
  assert.equal(calls, 200)
  assert.equal((await it.publish(fromLatin1('spam'))).status, 429)
  assert.equal(it.catalogue.count, 20)
})

test('nothing is deleted without the key, which is compared in constant time and kept nowhere', async (context) => {
  const file = join(makeHome('keys'), 'catalogue.db')
  const catalogue = Catalogue.open(file, () => 0)
  const compare = mock.method(crypto, 'timingSafeEqual')
  syncBuiltinESMExports()
  context.after(() => {
    compare.mock.restore()
    syncBuiltinESMExports()
  })
  await using it = await serveCatalogue()
  const torrent = torrentNamed('mine')
  await it.publish(torrent)
  const path = `/catalogue/${infoHashOf(torrent)}`
  const statusWith = async (headers: Record<string, string>): Promise<number> =>
    (await askRaw(it.port, path, { method: 'DELETE', headers })).status
  const near = `${KEY.slice(0, -1)}a`
  for (const key of [OTHER_KEY, near]) assert.equal(await statusWith({ 'Shoal-Owner-Key': key }), 403)
  assert.equal(compare.mock.callCount(), 2)
  for (const key of ['', 'x', KEY.slice(2), `${KEY}ab`, `0x${KEY.slice(2)}`, `${KEY}, ${KEY}`]) {
    assert.equal(await statusWith({ 'Shoal-Owner-Key': key }), 400, key)
    assert.equal((await it.publish(torrent, { key })).status, 400, key)
  }
  assert.equal(await statusWith({}), 400)
  assert.equal(it.catalogue.count, 1)
  assert.equal(await statusWith({ 'Shoal-Owner-Key': KEY }), 204)
  const listed = readCatalogueTorrent(torrent, true)
  assert(!isFailure(listed))
  const key = Buffer.from(KEY, 'hex')
  catalogue.add(listed, crypto.createHash('sha256').update(key).digest())
  catalogue.close()
  assert.ok(!readFileSync(file).includes(key))
})

test('a host that is none gets into no link', async () => {
  await using it = await serveCatalogue()
  const torrent = torrentNamed('a')
  await it.publish(torrent)
  const paths = ['/catalogue', `/catalogue/${infoHashOf(torrent)}.torrent`, '/rss', '/search', '/torznab/api?t=search']
  for (const Host of ['evil"><script>', "evil'", 'evil/path', 'evil@other', 'evil host', `${'evil'.repeat(100)}`]) {
    for (const path of paths) {
      const { status, body } = await askRaw(it.port, path, { headers: { Host } })
      assert.equal(status, 200, `${Host} ${path}`)
      assert.ok(!body.includes('evil'), `${Host} ${path}`)
      if (body.startsWith('<?xml')) readXml(body)
    }
  }
})

test('a page of another site cannot publish: its browser has to ask first, and is not allowed to', async () => {
  await using it = await serveCatalogue()
  const { status, headers } = await askRaw(it.port, '/catalogue', {
    method: 'OPTIONS',
    headers: { Origin: 'http://evil.example', 'Access-Control-Request-Headers': 'shoal-owner-key' },
  })
  assert.equal(status, 405)
  assert.ok(Object.keys(headers).every((name) => !name.startsWith('access-control-')))
})
