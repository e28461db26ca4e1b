import assert from 'node:assert/strict'
import { createConnection } from 'node:net'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { AppError } from '../../src/core/errors.ts'
import { Session } from '../../src/engine/session.ts'
import { ID, message, ScriptedPeer } from '../attack/scripted-peer.ts'
import { makeTestTorrent } from '../attack/test-torrent.ts'
import { makeHome, until } from '../support/program.ts'
import { LOOPBACK, openSession } from '../support/session.ts'

const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'))

async function connects(host: string, port: number): Promise<boolean> {
  const socket = createConnection({ host, port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('by default it listens on all interfaces of both families, on one port number', async () => {
  const session = await Session.open({ stateDir: makeHome('state') })
  try {
    assert.equal(await connects('127.0.0.1', session.port), true)
    if (hasIPv6) assert.equal(await connects('::1', session.port), true)
    assert.deepEqual(new Set(session.addresses.map(({ port }) => port)), new Set([session.port]))
  } finally {
    await session.close()
  }
})

test('two sessions of one machine take different ports by default', async () => {
  const sessions = [
    await Session.open({ stateDir: makeHome('state') }),
    await Session.open({ stateDir: makeHome('state') }),
  ]
  assert.notEqual(sessions[0]?.port, sessions[1]?.port)
  for (const session of sessions) await session.close()
})

test('a port that is taken is an error, and nothing stays open', async () => {
  const first = await openSession()
  const listen = first.addresses
  await assert.rejects(
    openSession({ listen }),
    (error: unknown) => error instanceof AppError && error.code === 'port-in-use',
  )
  await first.close()
})

test('the same torrent twice is refused; removed, it can be added again', async () => {
  const torrent = makeTestTorrent(40_000, 16_384)
  const session = await openSession()
  const options = { dir: makeHome('get'), mode: 'download' } as const
  const added = session.add({ metainfo: torrent.metainfo }, options)
  const magnet = `magnet:?xt=urn:btih:${torrent.infoHash.toString('hex')}`
  for (const source of [{ metainfo: torrent.metainfo }, { magnet }]) {
    assert.throws(
      () => session.add(source, options),
      (error: unknown) => error instanceof AppError && error.code === 'exists',
    )
  }
  await session.remove(added)
  session.add({ magnet }, options)
  await session.close()
})

test('broken metainfo and links are refused before anything is started', async () => {
  const session = await openSession()
  const options = { dir: makeHome('get'), mode: 'download' } as const
  const codeOf = (source: Parameters<Session['add']>[0]): unknown => {
    try {
      session.add(source, options)
    } catch (error) {
      return error instanceof AppError ? error.code : error
    }
    return undefined
  }
  assert.equal(codeOf({ metainfo: new Uint8Array(3) }), 'bad-metainfo')
  assert.equal(codeOf({ magnet: 'magnet:?xt=urn:btih:1' }), 'bad-magnet')
  assert.equal(session.torrents.size, 0)
  await session.close()
})

test('who listens on one address calls from it; loopback is left by another door', async () => {
  const session = await openSession({ listen: [{ ip: '127.0.0.3', port: 0 }] })
  assert.equal(session.sourceIp({ ip: '127.0.0.9', port: 1 }), '127.0.0.3')
  assert.equal(session.sourceIp({ ip: '192.0.2.1', port: 1 }), undefined)
  assert.equal(session.sourceIp({ ip: '::1', port: 1 }), undefined)
  await session.close()
  const open = await openSession({ listen: [{ ip: '0.0.0.0', port: 0 }] })
  assert.equal(open.sourceIp({ ip: '127.0.0.9', port: 1 }), undefined)
  await open.close()
})

test('[130] at most 30 connections a second are begun', async () => {
  const session = await openSession({ listen: LOOPBACK })
  const begun = Array.from({ length: 40 }, () => session.mayConnect()).filter(Boolean).length
  assert.equal(begun, 30)
  await session.close()
})

test('the peers of all its torrents are counted, however they leave; beyond maxPeers none is let in', async () => {
  await using stack = new AsyncDisposableStack()
  const session = stack.adopt(await openSession({ maxPeers: 4 }), (opened) => opened.close())
  const torrents = [makeTestTorrent(40_000, 16_384), makeTestTorrent(40_000, 16_384)] as const
  const [first, second] = torrents.map(({ metainfo }) =>
    session.add({ metainfo }, { dir: makeHome('get'), mode: 'download' }),
  )
  const [address] = session.addresses
  assert.ok(first !== undefined && second !== undefined && address !== undefined)
  await until('they download', () => [first, second].every(({ state }) => state === 'downloading'))
  const dial = async (which: 0 | 1): Promise<ScriptedPeer> =>
    stack.use(await ScriptedPeer.dial(address, torrents[which]))

  const leaving = await dial(0)
  const breaking = await dial(1)
  await dial(0)
  await dial(1)
  assert.equal(session.peerCount, 4)
  const late = await dial(0)
  await late.dropped()
  assert.equal(session.peerCount, 4)

  leaving[Symbol.dispose]()
  await until('one has left', () => session.peerCount === 3)
  breaking.send(message(ID.request, [0, 0])) // a request has three numbers
  await breaking.dropped()
  assert.equal(session.peerCount, 2)
  await first.stop()
  assert.equal(session.peerCount, 1)
  await session.remove(second)
  assert.equal(session.peerCount, 0)
})
