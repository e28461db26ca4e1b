// Hands on a swarm: ping, one piece by request, pieces as files.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { printAddress } from '../../src/core/address.ts'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import type { JsonObject } from '../../src/daemon/rpc/method.ts'
import { openDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 65_536
const COUNT = 60
const BYTES = patternBytes(COUNT * PIECE - 1_000, 1)
const { info } = makeTorrent([{ path: 'data', bytes: BYTES }], PIECE)
const METAINFO = writeTorrent(bareMetainfo(info))

function dataFolder(): string {
  const dir = makeHome('data')
  mkdirSync(join(dir, 'top'))
  writeFileSync(join(dir, 'top/data'), BYTES)
  return dir
}

/** A seed that gives nothing before it is told to, and a daemon with the torrent. */
async function swarm() {
  await using stack = new AsyncDisposableStack()
  const seeder = stack.adopt(await openSession({ uploadBytesPerSec: 1 }), (session) => session.close())
  const seed = seeder.add({ metainfo: METAINFO }, { dir: dataFolder(), mode: 'seed' })
  await until('it seeds', () => seed.isDone)
  const it = stack.use(await openDaemon())
  await it.call('torrent_add', { metainfo: Buffer.from(METAINFO).toString('base64') })
  const [address] = seeder.addresses
  assert.ok(address)
  const all = stack.move()
  return { it, seeder, peer: printAddress(address), [Symbol.asyncDispose]: () => all.disposeAsync() }
}

function errorOf(answer: JsonObject): string {
  return JSON.stringify(answer['error'] ?? assert.fail(`no error: ${JSON.stringify(answer)}`))
}

test('a ping tells the time of a handshake and who answered, and disturbs no connection', async () => {
  await using all = await swarm()
  const { it, seeder, peer } = all
  await it.call('shoal_connect', { id: 1, peer })
  const torrent = it.daemon.list.get(1)?.torrent
  await until('they are connected', () => torrent?.peers.size === 1)
  const answer = await it.call('shoal_ping', { peer })
  const { connectMs, answerMs, ...rest } = answer
  assert.match(JSON.stringify(rest), /^{"client":"Shoal [^"]+","torrent":"top"}$/)
  assert.ok(Number(connectMs) >= 0 && Number(answerMs) > 0)
  assert.equal(torrent?.peers.size, 1, 'the connection is still there')
  await it.call('torrent_add', { filename: `magnet:?xt=urn:btih:${'7'.repeat(40)}` })
  assert.match(errorOf(await it.call('shoal_ping', { peer, id: 2 })), /"not-found".*|does not have/)
  await seeder.close()
  assert.match(errorOf(await it.call('shoal_ping', { peer })), /"code":"network"/)
})

test('what answers, but is no BitTorrent, is told as that', async () => {
  await using it = await openDaemon()
  await it.call('torrent_add', { filename: `magnet:?xt=urn:btih:${'7'.repeat(40)}` })
  const server = createServer((socket) => void socket.on('error', () => {}).end('220 mail.example ESMTP\r\n'))
  const { promise, resolve } = Promise.withResolvers<number>()
  server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  const peer = `127.0.0.1:${await promise}`
  assert.match(errorOf(await it.call('shoal_ping', { peer })), /does not speak BitTorrent/)
  server.close()
})

test('a requested piece comes before all others, of the peer that was said', async () => {
  await using all = await swarm()
  const { it, seeder, peer } = all
  const torrent = it.daemon.list.get(1)?.torrent
  await it.call('shoal_connect', { id: 1, peer })
  await until('the peer lets us ask', () => [...(torrent?.peers ?? [])].some((one) => !one.isChoking))
  const missing = (): number[] => {
    const { have } = torrent?.content ?? assert.fail()
    return Array.from({ length: COUNT }, (_, n) => n).filter((n) => !have.has(n))
  }
  assert.match(errorOf(await it.call('shoal_request', { id: 1, piece: COUNT })), /there is no piece 60: the last is 59/)
  assert.match(
    errorOf(await it.call('shoal_request', { id: 1, piece: 3, peer: '127.0.0.1:9' })),
    /shoal connect it first/,
  )
  seeder.uploadGate.limit(400_000) // all of it takes ten seconds
  for (const from of [{}, { peer }]) {
    const piece = missing().at(-1) ?? assert.fail('not all is here')
    const answer = await it.call('shoal_request', { id: 1, piece, ...from })
    assert.deepEqual(answer['bytes'], piece === COUNT - 1 ? PIECE - 1_000 : PIECE, JSON.stringify(answer))
    assert.ok(Number(answer['ms']) > 0)
    assert.ok(!missing().includes(piece))
    assert.equal((await it.call('shoal_request', { id: 1, piece }))['ms'], 0, 'it is here')
  }
  assert.ok(missing().length > COUNT / 3, `most are still to come: ${missing().length}`)
})

test('pieces are carried from one daemon to another as files; damaged and foreign ones are refused', async () => {
  const stick = makeHome('stick')
  const metainfo = Buffer.from(METAINFO).toString('base64')
  {
    await using from = await openDaemon()
    await from.call('torrent_add', { metainfo, download_dir: dataFolder() })
    assert.match(errorOf(await from.call('shoal_pieces_export', { id: 9, dir: stick })), /"not-found"/)
    await until('it has all', () => from.daemon.list.get(1)?.torrent.isDone)
    const dir = join(stick, 'new')
    assert.deepEqual(await from.call('shoal_pieces_export', { id: 1, dir }), { pieces: COUNT, bytes: BYTES.length })
    assert.deepEqual(await from.call('shoal_pieces_export', { id: 1, dir }), { pieces: 0, bytes: 0 }, 'they are there')
    assert.equal(readdirSync(dir).length, COUNT)
    assert.deepEqual(readFileSync(join(dir, '000002.piece')), Buffer.from(BYTES.subarray(2 * PIECE, 3 * PIECE)))
  }
  const dir = join(stick, 'new')
  writeFileSync(join(dir, '000004.piece'), patternBytes(PIECE, 9))
  writeFileSync(join(dir, '000005.piece'), 'short')
  writeFileSync(join(dir, '000199.piece'), patternBytes(PIECE, 9))
  writeFileSync(join(dir, 'holiday.txt'), 'not looked at')
  await using to = await openDaemon()
  await to.call('torrent_add', { metainfo })
  const { torrent } = to.daemon.list.get(1) ?? assert.fail()
  await until('it is checked', () => torrent.state === 'downloading')
  assert.deepEqual(await to.call('shoal_pieces_import', { id: 1, dir }), { imported: COUNT - 2, here: 0, bad: 3 })
  await until('they are its own', () => torrent.content?.have.count === COUNT - 2 && !torrent.isChecking)
  assert.match(errorOf(await to.call('shoal_pieces_import', { id: 1, dir: join(stick, 'none') })), /no such file/)
  for (const n of [4, 5]) {
    writeFileSync(join(dir, `00000${n}.piece`), BYTES.subarray(n * PIECE, (n + 1) * PIECE))
  }
  assert.deepEqual(await to.call('shoal_pieces_import', { id: 1, dir }), { imported: 2, here: COUNT - 2, bad: 1 })
  await until('it is complete', () => torrent.isDone)
  assert.deepEqual(readFileSync(join(torrent.dir, 'top/data')), Buffer.from(BYTES))
  assert.ok(!existsSync(join(torrent.dir, 'top/data.part')))
})
