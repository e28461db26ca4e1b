// Strangers at the port for people: false names, lying offers, floods, paths that lead out, other people's fingerprints.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test from 'node:test'
import fc from 'fast-check'
import { type Answer, ask, type RequestOptions } from '../../src/direct/client.ts'
import { type Identity, readOrMakeIdentity } from '../../src/direct/identity.ts'
import { ACCEPTED, DEVICE, parse, PREPARE_UPLOAD, routeOf } from '../../src/direct/protocol.ts'
import { receivedPath } from '../../src/direct/received-file.ts'
import { createTorrent } from '../../src/engine/create.ts'
import { InlineDisk } from '../../src/io/disk/inline-disk.ts'
import { freeUdpPort, introduce, type Person, person } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'
import { patternBytes } from '../support/torrents.ts'

const API = '/api/localsend/v2'

function device(fingerprint: string, alias = 'eve'): object {
  return { alias, version: '2.1', fingerprint, port: 53_317, protocol: 'https' }
}

interface Stranger {
  readonly identity: Identity
  call(path: string, options?: Partial<RequestOptions>): Promise<Answer>
  /** Offers files, as JSON says; all of one entry each. */
  offer(files: object, info?: object): Promise<Answer>
}

function stranger({ direct }: Person): Stranger {
  const identity = readOrMakeIdentity(makeHome('eve'))
  const target = {
    address: { ip: '127.0.0.1', port: direct.port },
    protocol: 'https' as const,
    fingerprint: direct.identity.fingerprint,
  }
  const call: Stranger['call'] = (path, options = {}) =>
    ask(identity, target, path, { signal: AbortSignal.timeout(20_000), ...options })
  return {
    identity,
    call,
    offer: (files, info = device(identity.fingerprint)) => call(`${API}/prepare-upload`, { json: { info, files } }),
  }
}

function file(fileName: string, size: number, more: object = {}): object {
  return { id: 'a', fileName, size, fileType: 'application/octet-stream', ...more }
}

async function upload(eve: Stranger, offered: Answer, bytes: Uint8Array, told = bytes.length): Promise<Answer> {
  const accepted = parse(ACCEPTED, offered.body) ?? assert.fail(`${offered.status} ${offered.body}`)
  const [[fileId, token] = assert.fail('a file was taken')] = Object.entries(accepted.files)
  const path = routeOf('upload', { sessionId: accepted.sessionId, fileId, token })
  const stream = Readable.from([bytes])
  return eve.call(path, { body: { stream, length: told } })
}

test('paths that lead out stay inside, and nothing is followed or replaced', async () => {
  const home = makeHome('home')
  const receiveDir = join(home, 'deep/got')
  mkdirSync(receiveDir, { recursive: true })
  await using bob = await person('bob', { accept: 'everybody', receiveDir })
  const eve = stranger(bob)
  const outside = makeHome('outside')
  symlinkSync(outside, join(receiveDir, 'door'))
  const bytes = new TextEncoder().encode('evil')
  for (const name of ['../../x', '/etc/cron.d/x', '..\\..\\x', 'a/../../../x', './.bashrc', 'x\0y', 'C:\\x', 'nul\n']) {
    const offered = await eve.offer({ a: file(name, 4) })
    assert.equal((await upload(eve, offered, bytes)).status, 200, name)
  }
  const offered = await eve.offer({ a: file('door/x', 4) })
  assert.equal((await upload(eve, offered, bytes)).status, 500, 'a link that leads out is not followed')
  assert.deepEqual(readdirSync(outside), [])
  assert.deepEqual([readdirSync(home), readdirSync(join(home, 'deep'))], [['deep'], ['got']])
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const path = receivedPath(name)
      return (
        path.length > 0 && path.every((part) => part !== '' && part !== '..' && part !== '.' && !/[/\\\0]/.test(part))
      )
    }),
  )
})

test('files that are longer, shorter or other than told leave nothing', async () => {
  await using bob = await person('bob', { accept: 'everybody' })
  const eve = stranger(bob)
  const bytes = new TextEncoder().encode('12345678')
  const sha256 = createHash('sha256').update('87654321').digest('hex')
  for (const offered of [file('longer', 4), file('shorter', 100), file('other', 8, { sha256 })]) {
    const answer = await upload(eve, await eve.offer({ a: offered }), bytes).catch((error: unknown) => error)
    assert.ok(answer instanceof Error || (answer as Answer).status === 500)
  }
  await until('nothing is left', () => readdirSync(bob.settings.receiveDir).length === 0)
  assert.equal((await eve.offer({ a: file('huge', 2 ** 52) })).status, 500, 'what does not fit is not begun')
})

test('tokens are for one file of one session and one address; wrong ones get nothing', async () => {
  await using bob = await person('bob', { accept: 'everybody' })
  const eve = stranger(bob)
  const { body } = await eve.offer({ a: file('x', 1) })
  const { sessionId, files } = parse(ACCEPTED, body) ?? assert.fail()
  const query = (change: object): string =>
    routeOf('upload', { sessionId, fileId: 'a', token: files['a'] ?? '', ...change })
  for (const change of [{ token: 'guess' }, { fileId: 'b' }, { sessionId: 'guess' }]) {
    assert.equal((await eve.call(query(change))).status, 403)
  }
  assert.equal((await eve.call(`${API}/upload?sessionId=${sessionId}`)).status, 400)
  assert.equal((await eve.call(`${API}/cancel?sessionId=guess`)).status, 403)
})

test('who claims to be a trusted contact, without his key, is asked about; who shows another key is another', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  await introduce(bob, ann)
  bob.direct.contacts.change(bob.direct.contacts.find('ann'), { trust: 'trusted' })
  const eve = stranger(bob)
  const claimed = device(ann.direct.identity.fingerprint, 'ann')
  const offered = eve.offer({ a: file('x', 1) }, claimed)
  const offer = await until('it waits', () => [...bob.direct.incoming.all].find(({ state }) => state === 'asking'))
  assert.notEqual(offer.from.fingerprint, ann.direct.identity.fingerprint, 'it is known by the key that it showed')
  bob.direct.incoming.answer(offer.id, false)
  assert.equal((await offered).status, 403)
  assert.equal(bob.direct.contacts.find('ann').fingerprint, ann.direct.identity.fingerprint)
})

test('who is blocked gets no answer, whatever he asks', async () => {
  await using bob = await person('bob', { accept: 'everybody' })
  const eve = stranger(bob)
  await eve.call(`${API}/register`, { json: device(eve.identity.fingerprint) })
  bob.direct.contacts.change(bob.direct.contacts.find('eve'), { trust: 'blocked' })
  assert.equal((await eve.offer({ a: file('x', 1) })).status, 403)
  assert.equal((await eve.call(`${API}/register`, { json: device(eve.identity.fingerprint) })).status, 403)
  const message = { json: { id: '1', text: 'let me in' } }
  assert.equal((await eve.call('/api/shoal/v1/message', message)).status, 403)
  assert.equal((await eve.call('/api/shoal/v1/ping', { method: 'GET' })).status, 403)
  assert.deepEqual(bob.direct.talk.inbox, [])
})

test('whoever only claims to be a contact takes neither his place nor his encryption', async () => {
  const port = await freeUdpPort()
  const multicast = { group: '224.0.0.167', port, interfaces: ['127.0.0.1'] }
  await using ann = await person('ann')
  await using bob = await person('bob', {}, { multicast })
  await introduce(bob, ann)
  const before = bob.direct.contacts.find('ann')
  const eve = await person('eve')
  const lie = { ...device(ann.direct.identity.fingerprint, 'ann'), protocol: 'http', port: eve.direct.port }
  const target = {
    address: { ip: '127.0.0.1', port: bob.direct.port },
    protocol: 'https',
    fingerprint: undefined,
  } as const
  const nobody = { ...readOrMakeIdentity(makeHome('nobody')), key: '', cert: '' } // as LocalSend apps: without a certificate
  const how = { signal: AbortSignal.timeout(20_000) }
  for (const claim of [lie, { ...lie, protocol: 'https' }]) {
    assert.equal((await ask(nobody, target, `${API}/register`, { json: claim, ...how })).status, 200)
    const socket = dgram.createSocket('udp4')
    for (let n = 0; n < 3; n++) socket.send(JSON.stringify({ ...claim, announce: n === 0 }), port, '127.0.0.1')
    assert.equal(await bob.direct.say(bob.direct.contacts.find('ann'), 'secret'), true)
    socket.close()
  }
  const after = bob.direct.contacts.find('ann')
  assert.deepEqual(
    [after.address, after.protocol, after.isShoal, after.fingerprint],
    [before.address, before.protocol, before.isShoal, before.fingerprint],
  )
  assert.equal(ann.direct.talk.inbox.length, 2)
  assert.deepEqual(eve.direct.talk.inbox, [])
  await eve[Symbol.asyncDispose]()
})

test('whoever answers without a certificate is no contact, whatever fingerprint he names', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  await introduce(bob, ann)
  const lie = JSON.stringify({ ...device(ann.direct.identity.fingerprint, 'ann'), protocol: 'http' })
  const liar = createServer((_, response) => response.end(lie)).listen(0, '127.0.0.1')
  await once(liar, 'listening')
  const { port } = liar.address() as AddressInfo
  await bob.direct.scan([{ ip: '127.0.0.1', port }])
  assert.equal(bob.direct.contacts.find('ann').address.port, ann.direct.port)
  liar.closeAllConnections()
  liar.close()
})

test('who was added and never met is not pinned to what a datagram claims', async () => {
  const port = await freeUdpPort()
  await using ann = await person('ann')
  await using bob = await person('bob', {}, { multicast: { group: '224.0.0.167', port, interfaces: ['127.0.0.1'] } })
  const address = { ip: '127.0.0.1', port: ann.direct.port }
  bob.direct.contacts.add('ann', address)
  const socket = dgram.createSocket('udp4')
  const lie = { ...device('E'.repeat(64), 'somebody'), port: address.port }
  await until('the lie is heard', () => {
    socket.send(JSON.stringify({ ...lie, announce: false }), port, '127.0.0.1')
    return bob.direct.contacts.all().some(({ fingerprint }) => fingerprint === 'E'.repeat(64))
  })
  socket.close()
  assert.equal(bob.direct.contacts.find('ann').fingerprint, undefined)
  await bob.direct.ping(bob.direct.contacts.find('ann'))
  assert.equal(bob.direct.contacts.find('ann').fingerprint, ann.direct.identity.fingerprint)
})

test('a flood of offers, of messages and of names is bounded', async () => {
  await using bob = await person('bob')
  const eve = stranger(bob)
  const first = eve.offer({ a: file('x', 1) })
  await until('one waits', () => [...bob.direct.incoming.all].some(({ state }) => state === 'asking'))
  assert.equal((await eve.offer({ a: file('y', 1) })).status, 409, 'one question at a time')
  bob.direct.incoming.answer(1, false)
  await first
  const texts = Array.from({ length: 150 }, (_, n) => ({ json: { id: String(n), text: 'spam' } }))
  const statuses: number[] = []
  for (const text of texts) statuses.push((await eve.call('/api/shoal/v1/message', text)).status)
  assert.ok(statuses.includes(429))
  assert.ok(bob.direct.talk.inbox.length <= 120)
})

test('parts of a send bring nothing that was not in the offer, from nobody else, and not before it', async () => {
  await using bob = await person('bob', { accept: 'everybody' })
  const [eve, mallory] = [stranger(bob), stranger(bob)]
  const dir = makeHome('parts')
  const disk = new InlineDisk()
  const torrentOf = async (name: string, length: number): Promise<string> => {
    writeFileSync(join(dir, name), patternBytes(length, 1))
    const { bytes } = await createTorrent(join(dir, name), { disk })
    return Buffer.from(bytes).toString('base64')
  }
  const [small, other] = [await torrentOf('small.bin', 10), await torrentOf('other.bin', 10)]
  const offer = (by: Stranger, what: object): Promise<Answer> =>
    by.call('/api/shoal/v1/offer', { json: { info: device(by.identity.fingerprint), id: 'a-send-of-eve', ...what } })
  const files = [
    { path: 'small.bin', size: 10 },
    { path: 'large.bin', size: 20 },
  ]
  assert.equal((await offer(eve, { files, torrent: small })).status, 401, 'he must be known')
  for (const one of [eve, mallory]) await one.call(`${API}/register`, { json: device(one.identity.fingerprint) })
  assert.equal((await offer(eve, { torrent: small })).status, 410, 'nothing was accepted yet')
  assert.equal((await offer(eve, { files, torrent: 'AAAA' })).status, 500)
  assert.equal((await offer(eve, { files, torrent: other })).status, 500, 'it is not among the files')
  assert.deepEqual([...(bob.direct.session?.torrents ?? [])], [])
  assert.deepEqual((await offer(eve, { files, torrent: small })).body, JSON.stringify({ files: 2, bytes: 30 }))
  assert.equal((await offer(eve, { torrent: small })).status, 200, 'again: it had not heard the answer')
  assert.equal((await offer(mallory, { torrent: await torrentOf('large.bin', 20) })).status, 410)
  assert.equal((await offer(eve, { torrent: other })).status, 400)
  assert.equal((await offer(eve, { torrent: await torrentOf('large.bin', 21) })).status, 400, 'larger than told')
  assert.equal(bob.direct.session?.torrents.size, 1)
  for (const id of ['', '../../x', 'x'.repeat(65)]) {
    assert.equal((await offer(eve, { id, files, torrent: small })).status, 400, id)
  }
  await disk.close()
})

test('nonsense is refused, and the server goes on', async () => {
  await using bob = await person('bob', { accept: 'everybody' })
  const eve = stranger(bob)
  const info = device(eve.identity.fingerprint)
  for (const json of [
    null,
    [],
    {},
    { info },
    { info, files: {} },
    { info, files: { a: { ...file('x', 1), size: -1 } } },
    { info, files: { a: { ...file('x', 1), size: 1.5 } } },
    { info, files: { a: { ...file('x', 1), fileName: '' } } },
    { info, files: { a: { ...file('x', 1), fileName: 7 } } },
    { info: { ...info, port: 0 }, files: { a: file('x', 1) } },
    { info: { ...info, protocol: 'gopher' }, files: { a: file('x', 1) } },
  ]) {
    assert.equal((await eve.call(`${API}/prepare-upload`, { json })).status, 400, JSON.stringify(json))
  }
  assert.equal((await eve.call('/api/shoal/v1/message', { json: { text: 'x' } })).status, 400)
  assert.equal((await eve.call('/nothing', { method: 'GET' })).status, 404)
  assert.equal((await eve.call(`${API}/info`, { method: 'GET' })).status, 200)
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      parse(DEVICE, text)
      parse(PREPARE_UPLOAD, text)
      parse(ACCEPTED, text)
    }),
  )
})

test('an offer of a million files, or of a hundred megabytes, is refused before it is read', async () => {
  await using bob = await person('bob', { accept: 'everybody' })
  const eve = stranger(bob)
  const length = 100 * 1024 * 1024
  const stream = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(1024 * 1024, ' ')))
  const answer = await eve.call(`${API}/prepare-upload`, { body: { stream, length } }).catch((error: unknown) => error)
  assert.ok(answer instanceof Error || (answer as Answer).status === 413, JSON.stringify(answer))
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`${n}`, file(`${n}`, 0)]))
  assert.equal((await eve.offer(many)).status, 400)
  assert.equal([...bob.direct.incoming.all].length, 0)
})

test('names of strangers are harmless in the list, however they are spelled', async () => {
  await using bob = await person('bob')
  for (const alias of ['\x1b[2Jeve', '../../eve', '', '\u202egpj', 'a'.repeat(1_000)]) {
    const eve = stranger(bob)
    await eve.call(`${API}/register`, { json: device(eve.identity.fingerprint, alias) })
  }
  for (const { name } of bob.direct.contacts.all()) {
    assert.match(name, /^[^\x00-\x1f\x7f-\x9f/\u202a-\u202e]{1,240}$/u, JSON.stringify(name))
  }
})

test('datagrams of every kind do no harm, and a flood of names is bounded', async () => {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const probe = dgram.createSocket('udp4').bind(0)
  await once(probe, 'listening')
  const { port } = probe.address()
  await new Promise<void>((resolve) => probe.close(resolve))
  await using bob = await person('bob', {}, { multicast: { interfaces: ['127.0.0.1'], port } })
  const say = (bytes: Uint8Array | string): void => socket.send(bytes, port, '127.0.0.1')
  const named = (n: number): string => JSON.stringify({ ...device(`F${n}`, `eve${n}`), announce: false })
  for (const bytes of ['', '{', '[]', 'null', '\0\0\0', `"${'x'.repeat(60_000)}"`, new Uint8Array(1_000)]) say(bytes)
  for (let n = 0; n < 300; n++) say(named(n))
  await until('some are seen', () => bob.direct.contacts.all().length > 0)
  await bob.direct.add('ann', { ip: '127.0.0.1', port: 9 })
  assert.ok(bob.direct.contacts.all().length < 300, 'not all of a flood')
  await new Promise<void>((resolve) => socket.close(resolve))
})
