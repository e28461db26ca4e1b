// The catalogue over HTTP: published by one, found, read and downloaded by others, in every form that it has.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromLatin1, toHex } from '../../src/core/bytes.ts'
import { parseInfoHash } from '../../src/core/ids.ts'
import { parseMagnet } from '../../src/core/metainfo/magnet.ts'
import { parseTorrent } from '../../src/core/metainfo/parse.ts'
import { nodeHasher } from '../../src/io/hasher.ts'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import {
  askRaw,
  elementsOf,
  infoHashOf,
  OTHER_KEY,
  readXml,
  type ServedCatalogue,
  serveCatalogue,
  torrentNamed,
  type XmlElement,
} from '../support/catalogue.ts'
import { makeHome } from '../support/program.ts'
import { joinHttp, makeRequest } from '../support/tracker-asker.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

async function answerOf(response: Promise<Response>): Promise<[status: number, body: unknown]> {
  const { status, ...rest } = await response.then(async (one) => ({ status: one.status, body: await one.text() }))
  return [status, rest.body === '' ? '' : JSON.parse(rest.body)]
}

function torrentWithKey(name: string): [torrent: Uint8Array, hex: string] {
  const torrent = torrentNamed(name)
  return [torrent, infoHashOf(torrent)]
}

function deleted({ url }: ServedCatalogue, hex: string, key: string): Promise<Response> {
  return fetch(`${url}/catalogue/${hex}`, { method: 'DELETE', headers: { 'Shoal-Owner-Key': key } })
}

test('a torrent is published once, found by its name, and deleted by whoever published it', async () => {
  await using it = await serveCatalogue()
  const [torrent, hex] = torrentWithKey('Big Buck Bunny')
  const listed = { info_hash: hex, name: 'Big Buck Bunny' }
  assert.deepEqual(await answerOf(it.publish(torrent)), [201, { ...listed, isNew: true }])
  assert.deepEqual(await answerOf(it.publish(torrent, { key: OTHER_KEY })), [200, { ...listed, isNew: false }])
  assert.deepEqual(await it.search('bunny'), ['Big Buck Bunny'])
  assert.deepEqual(await answerOf(deleted(it, hex, OTHER_KEY)), [
    403,
    { error: 'somebody else has published that torrent' },
  ])
  assert.deepEqual(await answerOf(deleted(it, hex, 'ab'.repeat(32).toUpperCase())), [204, ''])
  assert.equal((await deleted(it, hex, OTHER_KEY)).status, 404)
  assert.deepEqual(await it.search('bunny'), [])
})

test('an entry has its size, its peers, a magnet that leads to this tracker, and the .torrent', async () => {
  await using it = await serveCatalogue()
  const torrent = torrentNamed('Box', { files: ['a/b', 'c'], trackers: ['http://tracker.example/announce'] })
  const hex = infoHashOf(torrent)
  const infoHash = parseInfoHash(hex) ?? assert.fail()
  await it.publish(torrent)
  await joinHttp(`${it.url}/announce`, makeRequest({ infoHash, left: 0, port: 1 }))
  await joinHttp(`${it.url}/announce`, makeRequest({ infoHash, left: 5, port: 2 }))
  const [, list] = await answerOf(fetch(`${it.url}/catalogue`))
  const { torrents } = list as { torrents: { magnet: string }[] }
  const magnet = torrents[0]?.magnet ?? ''
  const entry = {
    ...{ info_hash: hex, name: 'Box', size: 2000, files: 2 },
    ...{ seeders: 1, leechers: 1, completed: 0 },
    published_at: '2026-03-01T12:00:00.000Z',
    magnet,
    torrent: `/catalogue/${hex}.torrent`,
  }
  assert.deepEqual(list, { total: 1, torrents: [entry] })
  const { infoHashV1, name, trackers } = parseMagnet(magnet)
  assert.deepEqual([infoHashV1, name, trackers], [infoHash, 'Box', [`${it.url}/announce`]])
  const paths = [
    { path: 'Box/a/b', size: 1000 },
    { path: 'Box/c', size: 1000 },
  ]
  assert.deepEqual(await answerOf(fetch(`${it.url}/catalogue/${hex.toUpperCase()}`)), [200, { ...entry, paths }])
  const file = await fetch(it.url + entry.torrent)
  assert.equal(file.headers.get('content-type'), 'application/x-bittorrent')
  assert.equal(file.headers.get('content-disposition'), "attachment; filename*=UTF-8''Box.torrent")
  const metainfo = parseTorrent(await file.bytes(), nodeHasher)
  assert.deepEqual([metainfo.info.infoHashV1, metainfo.trackers], [infoHash, [['http://tracker.example/announce']]])
})

test('a .torrent without a tracker gets this one', async () => {
  await using it = await serveCatalogue()
  const [torrent, hex] = torrentWithKey('lonely')
  await it.publish(torrent)
  const file = await fetch(`${it.url}/catalogue/${hex}.torrent`)
  const { info, trackers } = parseTorrent(await file.bytes(), nodeHasher)
  assert.deepEqual([toHex(info.infoHashV1 ?? new Uint8Array()), trackers], [hex, [[`${it.url}/announce`]]])
})

test('limit and offset cut the list into pages', async () => {
  await using it = await serveCatalogue({ policy: { limits: { publishesPerHour: 200 } } })
  for (let n = 0; n < 120; n++) assert.equal((await it.publish(torrentNamed(`number ${n}`))).status, 201)
  const namesOf = async (query: string): Promise<readonly string[]> => {
    const [, body] = await answerOf(fetch(`${it.url}/catalogue${query}`))
    const { total, torrents } = body as { total: number; torrents: { name: string }[] }
    assert.equal(total, 120)
    return torrents.map(({ name }) => name)
  }
  assert.equal((await namesOf('')).length, 20)
  assert.equal((await namesOf('?limit=1000')).length, 100)
  assert.deepEqual(await namesOf('?limit=2&offset=1'), ['number 118', 'number 117'])
  assert.deepEqual(await namesOf('?q=number&limit=5&offset=119').then((names) => names.length), 1)
  for (const odd of ['1e99', '-1', '', 'x', '%00', '9'.repeat(400)]) {
    assert.equal((await namesOf(`?limit=${odd}&offset=${odd}`)).length, 20, odd)
  }
  assert.deepEqual(await namesOf('?offset=999999999999999'), [])
  assert.deepEqual(await namesOf('?q=number&offset=999999999999999'), [])
})

test('a hybrid is listed by its v1 hash; what is of v2 alone is refused with a reason', async () => {
  await using it = await serveCatalogue()
  const files = [{ path: 'a', bytes: patternBytes(40_000, 1) }]
  for (const [version, status] of [
    ['hybrid', 201],
    ['v2', 422],
  ] as const) {
    const { info, pieceRoots } = makeTorrent(files, 16_384, version)
    const [is, body] = await answerOf(it.publish(writeTorrent(bareMetainfo(info, pieceRoots))))
    assert.equal(is, status)
    const { info_hash: hex, error } = body as { info_hash?: string; error?: string }
    if (status === 201) assert.equal(hex, toHex(info.infoHashV1 ?? new Uint8Array()))
    else assert.match(error ?? '', /version 2 alone/)
  }
})

test('a feed has an item with the .torrent enclosed, and is not sent again while nothing changes', async () => {
  await using it = await serveCatalogue()
  const [torrent, hex] = torrentWithKey('Tears & <Steel>')
  await it.publish(torrent)
  await it.publish(torrentNamed('other'))
  const first = await fetch(`${it.url}/rss?q=steel`)
  assert.match(first.headers.get('content-type') ?? '', /^application\/rss\+xml/)
  const [item, ...others] = elementsOf(readXml(await first.text()), 'item')
  assert(item !== undefined && others.length === 0)
  const textOf = (name: string): string | undefined => elementsOf(item, name)[0]?.text
  assert.deepEqual(['title', 'guid', 'pubDate', 'link'].map(textOf), [
    'Tears & <Steel>',
    hex,
    'Sun, 01 Mar 2026 12:00:00 GMT',
    `${it.url}/catalogue/${hex}.torrent`,
  ])
  const enclosure = elementsOf(item, 'enclosure')[0]?.attributes
  const size = (await fetch(enclosure?.get('url') ?? '')).headers.get('content-length')
  assert.ok(Number(enclosure?.get('length')) > 0 && Number(size) >= Number(enclosure?.get('length')))
  const tag = first.headers.get('etag') ?? ''
  const again = (): Promise<Response> =>
    fetch(`${it.url}/rss?q=steel`, { headers: { 'If-None-Match': `"x", W/${tag}` } })
  const same = await again()
  assert.deepEqual([same.status, await same.text(), same.headers.get('etag')], [304, '', tag])
  await it.publish(torrentNamed('more steel'))
  assert.equal((await again()).status, 200)
})

async function torznab({ url }: ServedCatalogue, query: string): Promise<XmlElement> {
  const answer = await fetch(`${url}/torznab/api?${query}`)
  assert.equal(answer.status, 200)
  return readXml(await answer.text())
}

test('Torznab says what it can, finds with attributes, and names errors by number', async () => {
  await using it = await serveCatalogue()
  const [torrent, hex] = torrentWithKey('Sintel 2010')
  await it.publish(torrent)
  await joinHttp(`${it.url}/announce`, makeRequest({ infoHash: parseInfoHash(hex) ?? assert.fail(), left: 0 }))
  const caps = await torznab(it, 't=caps')
  assert.equal(caps.name, 'caps')
  assert.deepEqual(elementsOf(caps, 'search')[0]?.attributes.get('available'), 'yes')
  const feed = await torznab(it, 't=search&q=sintel&cat=5000,8000&limit=10&apikey=x')
  assert.equal(elementsOf(feed, 'newznab:response')[0]?.attributes.get('total'), '1')
  const pairs = elementsOf(feed, 'torznab:attr').map(({ attributes }) => [
    attributes.get('name'),
    attributes.get('value'),
  ])
  const { magneturl, ...rest } = Object.fromEntries(pairs) as Record<string, string>
  const numbers = { category: '8000', seeders: '1', peers: '1', grabs: '0', size: '1000', files: '1' }
  assert.deepEqual(rest, { ...numbers, infohash: hex })
  assert.equal(toHex(parseMagnet(magneturl ?? '').infoHashV1 ?? new Uint8Array()), hex)
  assert.equal(elementsOf(await torznab(it, 't=search'), 'item').length, 1, 'the newest')
  assert.equal(elementsOf(await torznab(it, 't=search&cat=2000,5000'), 'item').length, 0)
  const codes = await Promise.all(['', 't=tvsearch&q=x', 't=%22%3E'].map((query) => torznab(it, query)))
  assert.deepEqual(
    codes.map(({ name, attributes }) => `${name} ${attributes.get('code')}`),
    ['error 200', 'error 202', 'error 202'],
  )
})

test('a browser gets a form and a table without a script, and pages to turn', async () => {
  await using it = await serveCatalogue({ policy: { limits: { publishesPerHour: 100 } } })
  for (let n = 0; n < 30; n++) await it.publish(torrentNamed(`Big Bunny ${n}`))
  const answer = await fetch(`${it.url}/search?q=big+bunny`)
  const page = await answer.text()
  assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
  assert.match(page, /<input type="search" name="q" value="big bunny"/)
  assert.equal(page.match(/href="magnet:\?xt=urn:btih:[0-9a-f]{40}&amp;dn=Big%20Bunny/g)?.length, 20)
  assert.equal(page.match(/href="\/catalogue\/[0-9a-f]{40}\.torrent"/g)?.length, 20)
  const more = /<a href="([^"]*)">More<\/a>/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const second = await (await fetch(it.url + more)).text()
  assert.equal(second.match(/href="magnet:/g)?.length, 10)
  assert.doesNotMatch(second, />More</)
  const start = await fetch(it.url, { headers: { accept: 'text/html' } })
  assert.match(await start.text(), /<a href="\/search">Search the catalogue<\/a>/)
})

test('a policy of "nobody" lists nothing from outside, and what is there is read', async () => {
  await using it = await serveCatalogue({ policy: { publish: 'nobody' } })
  const [status, body] = await answerOf(it.publish(torrentNamed('a')))
  assert.deepEqual([status, body], [403, { error: 'this tracker lists nothing that comes from outside' }])
  assert.deepEqual(await answerOf(fetch(`${it.url}/catalogue`)), [200, { total: 0, torrents: [] }])
})

test('what the lists of the tracker refuse is not listed, and not shown once it is refused', async () => {
  const denied = join(makeHome('denied'), 'denied.txt')
  const [[bad, badHex], [good, goodHex]] = [torrentWithKey('the bad'), torrentWithKey('the good')]
  writeFileSync(denied, `${badHex}\n`)
  {
    await using it = await serveCatalogue({ access: { denied } })
    assert.deepEqual(await answerOf(it.publish(bad)), [403, { error: 'this tracker does not serve that torrent' }])
    assert.equal((await it.publish(good)).status, 201)
  }
  writeFileSync(denied, '')
  await using it = await serveCatalogue({ access: { denied } })
  await it.publish(bad)
  await it.publish(good)
  assert.deepEqual(await it.search('the'), ['the bad', 'the good'])
  writeFileSync(denied, `${badHex} now\n`)
  await it.access.reload()
  assert.deepEqual(await it.search('the'), ['the good'])
  for (const path of [badHex, `${badHex}.torrent`])
    assert.equal((await fetch(`${it.url}/catalogue/${path}`)).status, 404)
  assert.equal((await fetch(`${it.url}/catalogue/${goodHex}.torrent`)).status, 200)
})

test('a private torrent is listed on trackers with passkeys only', async () => {
  await using open = await serveCatalogue()
  const torrent = torrentNamed('club', { isPrivate: true })
  const [status, body] = await answerOf(open.publish(torrent))
  assert.deepEqual([status, body], [403, { error: 'the torrent is private, and everybody can read this catalogue' }])
})

test('with passkeys everything needs one, links keep it, and nobody gets that of another', async () => {
  const passkeys = join(makeHome('passkeys'), 'passkeys.txt')
  writeFileSync(passkeys, 'ann-s-key-1234\nbob-s-key-5678\n')
  await using it = await serveCatalogue({ access: { passkeys }, policy: { hasPasskeys: true } })
  const own = `${it.url}/ann-s-key-1234/announce`
  const torrent = torrentNamed('club', { isPrivate: true, trackers: [own] })
  const hex = infoHashOf(torrent)
  assert.equal((await it.publish(torrent)).status, 403)
  assert.equal((await it.publish(torrent, { prefix: '/eve-s-key-9999' })).status, 403)
  assert.equal((await it.publish(torrent, { prefix: '/ann-s-key-1234' })).status, 201)
  for (const path of ['catalogue', `catalogue/${hex}`, `catalogue/${hex}.torrent`, 'rss', 'search']) {
    assert.equal((await fetch(`${it.url}/${path}`)).status, 403, path)
    const answer = await fetch(`${it.url}/bob-s-key-5678/${path}`)
    const text = fromLatin1(await answer.text())
    assert.equal(answer.status, 200, path)
    assert.ok(Buffer.from(text).includes('bob-s-key-5678'), path)
    assert.ok(!Buffer.from(text).includes('ann-s-key'), path)
  }
  assert.equal((await torznab(it, 't=search')).attributes.get('code'), '100')
  const bobs = await fetch(`${it.url}/bob-s-key-5678/catalogue/${hex}.torrent`)
  const { info, trackers } = parseTorrent(await bobs.bytes(), nodeHasher)
  assert.equal(toHex(info.infoHashV1 ?? new Uint8Array()), hex)
  assert.deepEqual(trackers, [[`${it.url}/bob-s-key-5678/announce`]])
})

test('who calls too often is told when to come again, also by the limit of the tracker', async () => {
  await using it = await serveCatalogue({ policy: { limits: { publishesPerHour: 1, callsPerHour: 3 } } })
  assert.equal((await it.publish(torrentNamed('a'))).status, 201)
  assert.equal((await it.publish(torrentNamed('a'))).status, 200)
  const refused = await it.publish(torrentNamed('b'))
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '3600'])
  it.pass(3_600_000)
  assert.equal((await it.publish(torrentNamed('b'))).status, 201)
  await using limited = await serveCatalogue({ access: { callsPerMinute: 2 } })
  const statuses = []
  for (let n = 0; n < 4; n++) statuses.push((await fetch(`${limited.url}/rss`)).status)
  assert.deepEqual(statuses, [200, 200, 429, 429])
})

test('HEAD is answered without a body, other methods and unknown paths with what there is', async () => {
  await using it = await serveCatalogue()
  await it.publish(torrentNamed('a'))
  const head = await askRaw(it.port, '/catalogue', { method: 'HEAD' })
  assert.deepEqual([head.status, head.body], [200, ''])
  assert.ok(Number(head.headers['content-length']) > 100)
  for (const [method, path, allowed] of [
    ['PUT', '/catalogue', 'GET, HEAD, POST'],
    ['DELETE', '/catalogue', 'GET, HEAD, POST'],
    ['POST', `/catalogue/${'a'.repeat(40)}`, 'GET, HEAD, DELETE'],
    ['POST', '/rss', 'GET, HEAD'],
    ['OPTIONS', '/catalogue', 'GET, HEAD, POST'],
  ] as const) {
    const { status, headers } = await askRaw(it.port, path, { method })
    assert.deepEqual([status, headers.allow], [405, allowed], `${method} ${path}`)
  }
  for (const path of [
    '/catalogue/',
    '/catalogue/..',
    '/catalogue/abc.torrent',
    `/catalogue/${'a'.repeat(40)}`,
    '/rss/x',
  ]) {
    assert.equal((await askRaw(it.port, path)).status, 404, path)
  }
})
