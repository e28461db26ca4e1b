// Managing a tracker that runs: its lists, its catalogue, its swarms, and who may do that.
import assert from 'node:assert/strict'
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { toHex } from '../../src/core/bytes.ts'
import { isFailure } from '../../src/core/tracker/announce.ts'
import { writeAnnounceRequest } from '../../src/core/tracker/udp-packets.ts'
import { openManageToken } from '../../src/tracker/manage-token.ts'
import { type TrackerOptions, TrackerServer } from '../../src/tracker/tracker-server.ts'
import { infoHashOf, KEY, torrentNamed } from '../support/catalogue.ts'
import { manage, serveManagement, TOKEN } from '../support/management.ts'
import { makeHome, until } from '../support/program.ts'
import { startShoal } from '../support/shoal.ts'
import { announceHttp, getPage, joinHttp, makeRequest, someHash, UdpAsker } from '../support/tracker-asker.ts'

const [a, b] = [someHash('a'), someHash('b')]
const [hexA, hexB] = [toHex(a), toHex(b)]

async function withTracker(
  options: Partial<TrackerOptions>,
  body: (tracker: TrackerServer, url: string) => Promise<void>,
): Promise<void> {
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1', manageToken: TOKEN, ...options })
  try {
    await body(tracker, `http://127.0.0.1:${tracker.port}`)
  } finally {
    await tracker.close()
  }
}

async function isServed(url: string, infoHash = a): Promise<boolean> {
  return !isFailure(await announceHttp(`${url}/announce`, makeRequest({ infoHash })))
}

test('a tracker that has no token has no management', async () => {
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1' })
  const { status } = await getPage(`http://127.0.0.1:${tracker.port}/manage/stats`)
  await tracker.close()
  assert.equal(status, 404)
  const tooShort = TrackerServer.listen({ port: 0, host: '127.0.0.1', manageToken: 'fifteen letters' })
  await assert.rejects(tooShort, /has 16 to 1000 letters, digits and signs, without spaces/)
})

test('the figures are those of /metrics', async () => {
  await withTracker({}, async ({ port }, url) => {
    await joinHttp(`${url}/announce`, makeRequest())
    const { status, json } = await manage(port, 'GET /manage/stats')
    assert(typeof json === 'object' && json !== null && 'memory_bytes' in json)
    const { memory_bytes: memory, ...figures } = json
    assert.deepEqual([status, typeof memory], [200, 'number'])
    const announces = { http: 1, udp: 0, websocket: 0 }
    assert.deepEqual(figures, { torrents: 1, peers: 1, announces, scrapes: 0, refusals: 0 })
    assert.equal((await manage(port, 'HEAD /manage/stats')).status, 200)
  })
})

test('a torrent that is denied is refused by HTTP and UDP, until it is taken off the list', async () => {
  const denied = join(makeHome('deny'), 'denied.txt')
  writeFileSync(denied, '')
  await withTracker({ access: { denied }, workers: 2 }, async ({ port }, url) => {
    using asker = await UdpAsker.open('127.0.0.1', port)
    const id = await asker.connect()
    const isUdpServed = async (): Promise<boolean> => {
      const answer = await asker.ask(writeAnnounceRequest(id, 3, makeRequest()))
      return answer.kind === 'announce'
    }
    assert.deepEqual([await isServed(url), await isUdpServed()], [true, true])
    assert.equal((await manage(port, `PUT /manage/lists/denied/${hexA}`, { body: 'asked by mail' })).status, 204)
    await until('it is denied', async () => !(await isServed(url)) && !(await isUdpServed()))
    assert.equal(await isServed(url, b), true)
    const { json } = await manage(port, 'GET /manage/lists/denied')
    assert.deepEqual(json, { total: 1, entries: [{ entry: hexA, note: 'asked by mail' }] })
    assert.equal((await manage(port, `DELETE /manage/lists/denied/${hexA}`)).status, 204)
    assert.equal((await manage(port, `DELETE /manage/lists/denied/${hexA}`)).status, 404)
    await until('it is served', async () => (await isServed(url)) && (await isUdpServed()))
  })
})

test('any thread takes changes, and all threads know of them', async () => {
  const denied = join(makeHome('threads'), 'denied.txt')
  writeFileSync(denied, '')
  await withTracker({ access: { denied }, workers: 3, isPortable: true }, async ({ port }, url) => {
    const hashes = Array.from({ length: 24 }, (_, n) => toHex(someHash(`torrent ${n}`)))
    const answers = await Promise.all(hashes.map((hash) => manage(port, `PUT /manage/lists/denied/${hash}`)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [204])
    assert.deepEqual(readFileSync(denied, 'utf8').trim().split('\n').sort(), hashes.toSorted())
    await manage(port, `PUT /manage/lists/denied/${hexA}`)
    let refused = 0
    await until('a dozen connections in a row are refused', async () => {
      refused = (await isServed(url)) ? 0 : refused + 1
      return refused === 12
    })
    assert.equal((await manage(port, `POST /manage/reload`)).status, 204)
  })
})

test('only the lines that it is about change, and the file keeps its mode and its place', async () => {
  const dir = makeHome('lines')
  const [file, link] = [join(dir, 'file.txt'), join(dir, 'link.txt')]
  const before = `# ours – do not edit\r\n\n  ${hexA.toUpperCase()}\tmaison déjà vue\r\n${hexB}`
  writeFileSync(file, before)
  chmodSync(file, 0o640)
  symlinkSync(file, link)
  await withTracker({ access: { denied: link } }, async ({ port }) => {
    const put = async (hex: string, body?: string): Promise<string> => {
      assert.equal(
        (await manage(port, `PUT /manage/lists/denied/${hex}`, body === undefined ? {} : { body })).status,
        204,
      )
      return readFileSync(file, 'utf8')
    }
    assert.equal(await put(hexA), before, 'it is there, and no other note is given')
    const noted = before.replace(/ {2}.*vue/, `${hexA} naïve`)
    assert.equal(await put(hexA.toUpperCase(), ' naïve\n'), noted)
    const c = toHex(someHash('c'))
    assert.equal(await put(c, 'last'), `${noted}\n${c} last\n`)
    assert.deepEqual((await manage(port, 'GET /manage/lists/denied?offset=1&limit=2')).json, {
      total: 3,
      entries: [
        { entry: hexB, note: '' },
        { entry: c, note: 'last' },
      ],
    })
    await manage(port, `DELETE /manage/lists/denied/${hexA}`)
    assert.equal(readFileSync(file, 'utf8'), `# ours – do not edit\r\n\n${hexB}\n${c} last\n`)
  })
  assert.equal(statSync(file).mode & 0o777, 0o640)
  assert.equal(lstatSync(link).isSymbolicLink(), true)
  assert.deepEqual(readdirSync(dir).sort(), ['file.txt', 'link.txt'])
})

test('changes that come at once are all made', async () => {
  await using it = await serveManagement({ denied: `${hexA}\n${hexB}\n` })
  const hashes = Array.from({ length: 40 }, (_, n) => toHex(someHash(`torrent ${n}`)))
  const removed = [hexA, hexB].map((hash) => manage(it.port, `DELETE /manage/lists/denied/${hash}`))
  const added = hashes.map((hash, n) => manage(it.port, `PUT /manage/lists/denied/${hash}`, { body: `note ${n}` }))
  for (const { status } of await Promise.all([...removed, ...added])) assert.equal(status, 204)
  assert.deepEqual(it.text().trim().split('\n').sort(), hashes.map((hash, n) => `${hash} note ${n}`).sort())
  assert.deepEqual(readdirSync(it.dir), ['denied.txt'])
})

test('a change is in force when it is answered', async () => {
  await using it = await serveManagement()
  const isRefused = (): boolean => it.access.refuse([a], undefined, Uint8Array.of(10, 0, 0, 1)) !== undefined
  await manage(it.port, `PUT /manage/lists/denied/${hexA}`)
  assert.equal(isRefused(), true)
  await manage(it.port, `DELETE /manage/lists/denied/${hexA}`)
  assert.equal(isRefused(), false)
  writeFileSync(it.denied, `${hexA}\n`)
  await manage(it.port, 'POST /manage/reload')
  assert.equal(isRefused(), true)
})

test('passkeys are let in and locked out, and upper case is another passkey', async () => {
  const passkeys = join(makeHome('keys'), 'passkeys.txt')
  writeFileSync(passkeys, 'ann-s-key-1234 ann\n')
  await withTracker({ access: { passkeys } }, async ({ port }, url) => {
    await manage(port, 'PUT /manage/lists/passkeys/Bob-s-key-5678', { body: 'bob' })
    await until('bob is let in', () => isServed(`${url}/Bob-s-key-5678`))
    assert.equal((await manage(port, 'DELETE /manage/lists/passkeys/ANN-s-key-1234')).status, 404)
    assert.equal((await manage(port, 'DELETE /manage/lists/passkeys/ann-s-key-1234')).status, 204)
    await until('ann is locked out', async () => !(await isServed(`${url}/ann-s-key-1234`)))
    assert.equal(readFileSync(passkeys, 'utf8'), 'Bob-s-key-5678 bob\n')
  })
})

test('what the tracker was started without cannot be managed, nor can what is no entry, path or method', async () => {
  await withTracker({}, async ({ port }) => {
    const lists = [
      'GET /manage/lists/allowed',
      `PUT /manage/lists/denied/${hexA}`,
      'DELETE /manage/lists/passkeys/12345678',
    ]
    for (const call of [...lists, `DELETE /manage/catalogue/${hexA}`]) {
      const { status, json } = await manage(port, call)
      assert.equal(status, 409, call)
      assert.match(JSON.stringify(json), /this tracker (was started without that list|has no catalogue)/)
    }
    for (const path of [
      '',
      '/',
      '/stat',
      '/stats/',
      '/lists',
      '/lists/other',
      `/lists/denied/${hexA}/x`,
      '/torrents',
    ]) {
      assert.equal((await manage(port, `GET /manage${path}`)).status, 404, path)
    }
    const wrong = await manage(port, 'POST /manage/lists/denied/x')
    assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'PUT, DELETE'])
    assert.equal((await manage(port, 'GET /manage/reload')).status, 405)
    assert.equal((await manage(port, 'DELETE /manage/torrents/abc')).status, 422)
  })
})

test('lists are read again on request, and one that is damaged is named while others are read', async () => {
  const dir = makeHome('reload')
  const [allowed, denied] = [join(dir, 'allowed.txt'), join(dir, 'denied.txt')]
  writeFileSync(allowed, `${hexA}\n${hexB}\n`)
  writeFileSync(denied, '')
  await withTracker({ access: { allowed, denied } }, async ({ port }, url) => {
    writeFileSync(denied, `${hexA}\n`)
    writeFileSync(allowed, `${hexA}\nnonsense\n`)
    const { status, json } = await manage(port, 'POST /manage/reload')
    assert.equal(status, 422)
    assert.match(JSON.stringify(json), /line 2 of .*allowed\.txt.* is no info-hash of 40 hex digits/)
    await until('the other list is in force', async () => !(await isServed(url, a)))
    assert.equal(await isServed(url, b), true, 'the damaged list is as it was')
    const damaged = await manage(port, `PUT /manage/lists/allowed/${hexB}`)
    assert.equal(damaged.status, 422)
    assert.equal(readFileSync(allowed, 'utf8'), `${hexA}\nnonsense\n`)
    assert.equal((await manage(port, `PUT /manage/lists/denied/${hexB}`)).status, 204)
  })
})

test('a list that somebody else is changing, or that is no text, stays as it is', async () => {
  await using it = await serveManagement()
  writeFileSync(it.denied, Buffer.from(`${hexA} caf\xe9\n`, 'latin1'))
  assert.equal((await manage(it.port, `PUT /manage/lists/denied/${hexB}`)).status, 422)
  assert.deepEqual(readFileSync(it.denied), Buffer.from(`${hexA} caf\xe9\n`, 'latin1'))
  writeFileSync(it.denied, '')
  writeFileSync(`${it.denied}.lock`, '')
  const pending = manage(it.port, `PUT /manage/lists/denied/${hexB}`)
  await manage(it.port, 'GET /manage/stats') // the change has begun
  await it.editor.close()
  const { status, json } = await pending
  assert.equal(status, 503)
  assert.match(JSON.stringify(json), /somebody else is changing the list.*delete .*denied\.txt\.lock/)
  assert.deepEqual(readdirSync(it.dir).sort(), ['denied.txt', 'denied.txt.lock'], 'whoever made it deletes it')
})

test('a torrent leaves the catalogue, whoever published it', async () => {
  await withTracker({ catalogue: { path: ':memory:', publish: 'everybody' } }, async ({ port }, url) => {
    const torrent = torrentNamed('unwanted')
    const headers = { 'Shoal-Owner-Key': KEY }
    await fetch(`${url}/catalogue`, { method: 'POST', body: Uint8Array.from(torrent), headers })
    const hex = infoHashOf(torrent)
    assert.equal((await fetch(`${url}/catalogue/${hex}`)).status, 200)
    assert.equal((await manage(port, `DELETE /manage/catalogue/${hex}`)).status, 204)
    assert.equal((await fetch(`${url}/catalogue/${hex}`)).status, 404)
    assert.equal((await manage(port, `DELETE /manage/catalogue/${hex}`)).status, 404)
  })
})

test('a swarm is forgotten, and begins again with whoever comes next', async () => {
  await withTracker({}, async (tracker, url) => {
    for (const infoHash of [a, b]) await joinHttp(`${url}/announce`, makeRequest({ infoHash, port: 1 }))
    assert.equal((await manage(tracker.port, `DELETE /manage/torrents/${hexA}`)).status, 204)
    assert.deepEqual(await tracker.stats(), { torrents: 1, peers: 1, announces: 2 })
    assert.deepEqual((await joinHttp(`${url}/announce`, makeRequest({ port: 2 }))).peers, [])
  })
})

test('the token is made once, for its owner only; one that others can read, or that is too short, is refused', async () => {
  const path = join(makeHome('token'), 'token')
  const made = await openManageToken(path)
  assert.equal(made.isNew, true)
  assert.match(made.token, /^[\w-]{32}$/)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(await openManageToken(path), { token: made.token, isNew: false })
  writeFileSync(path, `${TOKEN} \r\nfor the night shift\n`)
  assert.deepEqual(await openManageToken(path), { token: TOKEN, isNew: false })
  for (const mode of [0o640, 0o604]) {
    chmodSync(path, mode)
    await assert.rejects(openManageToken(path), /chmod 600/)
  }
  chmodSync(path, 0o600)
  for (const text of ['', 'fifteen-letters\n', 'with spaces in between']) {
    writeFileSync(path, text)
    await assert.rejects(openManageToken(path), /16 to 1000 letters/)
  }
  await assert.rejects(openManageToken(join(makeHome('token'), 'missing', 'token')), /cannot write/)
})

test('shoal tracker --manage-token tells where a new token is, once, and not what it is', async () => {
  const path = join(makeHome('option'), 'token')
  for (const isFirst of [true, false]) {
    await using tracker = startShoal(['tracker', '--port', '0', '--host', '127.0.0.1', '--manage-token', path])
    const { address } = await tracker.event('listening')
    const { port } = new URL(`http://${String(address)}`)
    const token = readFileSync(path, 'utf8').trim()
    assert.equal((await manage(Number(port), 'GET /manage/stats', { token })).status, 200)
    const told = { event: 'note', message: `A new token to manage this tracker is in ${path}` }
    assert.deepEqual(tracker.last('note'), isFirst ? told : undefined)
    assert.ok(!JSON.stringify(tracker.events).includes(token))
  }
})
