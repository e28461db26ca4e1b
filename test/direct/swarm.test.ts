// A send from Shoal to Shoal is a swarm: many receivers help each other, and it goes on after either side was ended.
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { once } from 'node:events'
import test from 'node:test'
import { readOrMakeIdentity } from '../../src/direct/identity.ts'
import type { OutgoingTransfer } from '../../src/direct/outgoing.ts'
import { openStateDatabase } from '../../src/engine/resume.ts'
import type { Session } from '../../src/engine/session.ts'
import type { Torrent } from '../../src/engine/torrent.ts'
import { introduce, type Person, person } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MB = 1_000_000

function sessionOf({ direct }: Person): Session {
  return direct.session ?? assert.fail('it has a session')
}

function folder(sizes: Readonly<Record<string, number>>): string {
  const path = join(makeHome('send'), 'photos')
  writeTree(path, sizes)
  return path
}

function doneBytesOf(of: Person): number {
  return [...sessionOf(of).torrents].reduce((sum, torrent) => sum + torrent.status().doneBytes, 0)
}

/** The one torrent that is under way. */
async function torrentOf(of: Person): Promise<Torrent> {
  return until('a torrent is there', () => [...sessionOf(of).torrents][0])
}

async function give(from: Person, path: string, ...names: readonly string[]): Promise<OutgoingTransfer[]> {
  return from.direct.send(
    [path],
    names.map((name) => from.direct.contacts.find(name)),
  )
}

test('a send to three costs the sender little more than one: they help each other', async () => {
  await using stack = new AsyncDisposableStack()
  const ann = stack.use(await person('ann'))
  const others: Person[] = []
  for (const name of ['bob', 'cem', 'dan']) others.push(stack.use(await person(name, { accept: 'everybody' })))
  for (const other of others) await introduce(ann, other)
  sessionOf(ann).uploadGate.limit(3 * MB)
  const path = folder({ 'beach.jpg': 6 * MB, 'notes/a.txt': 10 })
  const transfers = await give(ann, path, 'bob', 'cem', 'dan')
  const torrent = await torrentOf(ann)
  await Promise.all(transfers.map(({ finished }) => finished))
  assert.deepEqual(
    transfers.map(({ state, error, doneBytes }) => [state, error, doneBytes]),
    Array(3).fill(['done', '', 6 * MB + 10]),
  )
  for (const { settings } of others) assert.deepEqual(compareTrees(path, join(settings.receiveDir, 'photos')), [])
  const copies = torrent.uploadedBytes / (6 * MB)
  assert.ok(copies < 1.5, `the sender sent ${copies.toFixed(2)} copies to three`)
  await until('nothing is left of it', () => [ann, ...others].every((one) => sessionOf(one).torrents.size === 0))
})

for (const who of ['receiver', 'sender', 'both'] as const) {
  test(`a send goes on after an end of the ${who}, with all that was there`, async () => {
    await using stack = new AsyncDisposableStack()
    const [annDir, bobDir] = [makeHome('ann'), makeHome('bob')]
    const receiveDir = makeHome('got')
    const start = (name: string, stateDir: string, port: number): Promise<Person> =>
      person(name, { accept: 'everybody', receiveDir }, { stateDir, port, firstPartBytes: MB })
    let ann = stack.use(await start('ann', annDir, 0))
    let bob = stack.use(await start('bob', bobDir, 0))
    await introduce(ann, bob)
    sessionOf(ann).uploadGate.limit(4 * MB)
    const path = folder({ 'large.bin': 12 * MB, 'small.bin': MB })
    const ports = [ann.direct.port, bob.direct.port] as const
    await give(ann, path, 'bob')
    await until('half of it came', () => doneBytesOf(bob) > 6 * MB)
    if (who !== 'receiver') {
      await ann[Symbol.asyncDispose]()
      ann = stack.use(await start('ann', annDir, ports[0]))
    }
    if (who !== 'sender') {
      await bob[Symbol.asyncDispose]()
      bob = stack.use(await start('bob', bobDir, ports[1]))
    }
    const [transfer] =
      who === 'receiver'
        ? ann.direct.outgoing.all
        : await until('the send goes on', () => {
            const all = [...ann.direct.outgoing.all]
            return all.length > 0 && all
          })
    let downloaded = 0
    await until('all of it is there', () => {
      const torrents = [...sessionOf(bob).torrents]
      downloaded = Math.max(downloaded, ...torrents.map(({ downloadedBytes }) => downloadedBytes))
      return [...bob.direct.incoming.all].every(({ state }) => state === 'done')
    })
    await until('the sender knows', () => transfer?.state === 'done')
    assert.deepEqual(compareTrees(path, join(receiveDir, 'photos')), [])
    if (who !== 'sender') {
      assert.ok(downloaded < 8 * MB, `${downloaded} bytes came after the break`)
    }
    await until('nothing is left of it', () => sessionOf(ann).torrents.size + sessionOf(bob).torrents.size === 0)
  })
}

test('a sender that was ended before all of a folder was hashed goes on with the rest', async () => {
  const [annDir, receiveDir] = [makeHome('ann'), makeHome('got')]
  await using bob = await person('bob', { accept: 'everybody', receiveDir })
  const path = folder({ 'large.bin': 4 * MB, 'small.bin': MB })
  const { port } = await (async () => {
    await using ann = await person('ann', {}, { stateDir: annDir, firstPartBytes: MB })
    await introduce(ann, bob)
    sessionOf(ann).uploadGate.limit(MB)
    await give(ann, path, 'bob')
    await until('it has begun', () => sessionOf(bob).torrents.size === 2)
    return ann.direct
  })()
  const db = openStateDatabase(annDir)
  db.run('DELETE FROM swarm_parts WHERE part > 0')
  db.close()
  await using ann = await person('ann', {}, { stateDir: annDir, port })
  await until('all of it is there', () => [...bob.direct.incoming.all].every(({ state }) => state === 'done'))
  assert.deepEqual(compareTrees(path, join(receiveDir, 'photos')), [])
  await until('the sender knows', () => [...ann.direct.outgoing.all].every(({ state }) => state === 'done'))
})

test('a folder goes in parts, the small files first, and is one folder on the other side', async () => {
  await using ann = await person('ann', {}, { firstPartBytes: MB })
  await using bob = await person('bob', { accept: 'everybody' })
  await using cem = await person('cem', { accept: 'everybody' })
  for (const other of [bob, cem]) await introduce(ann, other)
  const path = folder({ 'large.bin': 5 * MB, 'a.jpg': MB, 'b/c.jpg': 2 * MB, 'b/empty': 0, 'tiny.txt': 3 })
  const seen = new Set<string>()
  const transfers = await give(ann, path, 'bob', 'cem')
  const finished = Promise.all(transfers.map((transfer) => transfer.finished))
  let isOver = false
  void finished.then(() => (isOver = true))
  await until('it is over', () => {
    for (const { info } of sessionOf(bob).torrents) seen.add(String(info?.files.map((file) => file.path.join('/'))))
    return isOver || undefined
  })
  assert.deepEqual(
    [...seen],
    ['photos/a.jpg,photos/b/empty,photos/tiny.txt', 'photos/b/c.jpg', 'photos/large.bin'],
    'three torrents',
  )
  for (const { settings } of [bob, cem]) assert.deepEqual(compareTrees(path, join(settings.receiveDir, 'photos')), [])
  assert.deepEqual(
    transfers.map(({ state, acceptedCount, doneBytes }) => [state, acceptedCount, doneBytes]),
    Array(2).fill(['done', 5, 8 * MB + 3]),
  )
  const [offer] = bob.direct.incoming.all
  assert.deepEqual([offer?.state, offer?.received], ['done', ['photos']])
})

test('the same file from two folders is sent once, and nothing of it goes', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob', { accept: 'everybody' })
  await introduce(ann, bob)
  const paths = [makeHome('one'), makeHome('other')].map((dir) => join(dir, 'LICENSE'))
  for (const path of paths) writeFileSync(path, 'do what you like')
  const [transfer] = await ann.direct.send(paths, [ann.direct.contacts.find('bob')])
  await transfer?.finished
  assert.deepEqual([transfer?.state, transfer?.error], ['done', ''])
  await until('he has it', () => [...bob.direct.incoming.all].every(({ state }) => state === 'done'))
  await until('nothing is left of it', () => sessionOf(bob).torrents.size === 0)
  assert.deepEqual(readdirSync(bob.settings.receiveDir), ['LICENSE'])
})

test('some files of a folder are accepted, and nothing else is fetched', async () => {
  await using ann = await person('ann', {}, { firstPartBytes: MB })
  await using bob = await person('bob')
  await introduce(ann, bob)
  const path = folder({ 'large.bin': 5 * MB, 'a.jpg': MB, 'b.jpg': 100_000 })
  const [transfer] = await give(ann, path, 'bob')
  const offer = await until('he is asked', () => [...bob.direct.incoming.all][0])
  const names = [...offer.files.values()].map(({ file }) => file.fileName)
  assert.deepEqual(names, ['photos/a.jpg', 'photos/b.jpg', 'photos/large.bin'])
  assert.throws(() => bob.direct.incoming.answer(offer.id, true, [3]), /from 0 to 2/)
  bob.direct.incoming.answer(offer.id, true, [1, 2])
  await transfer?.finished
  assert.deepEqual(
    [transfer?.state, transfer?.acceptedCount, transfer?.totalBytes, transfer?.doneBytes],
    ['done', 2, 5_100_000, 5_100_000],
  )
  assert.deepEqual(readdirSync(join(bob.settings.receiveDir, 'photos')), ['b.jpg', 'large.bin'])
})

test('who changes his mind leaves nothing on the other side', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob', { accept: 'everybody' })
  await introduce(ann, bob)
  sessionOf(ann).uploadGate.limit(2 * MB)
  const [transfer] = await give(ann, folder({ 'large.bin': 20 * MB }), 'bob')
  const torrent = await torrentOf(bob)
  await until('some of it came', () => torrent.status().doneBytes > MB)
  ann.direct.outgoing.cancel(transfer?.id ?? 0)
  await transfer?.finished
  assert.equal(transfer?.state, 'cancelled')
  await until('nothing is left', () => readdirSync(bob.settings.receiveDir).length === 0)
  await until('he knows', () => [...bob.direct.incoming.all].every(({ state }) => state === 'cancelled'))
})

test('a receiver who changes his mind ends it, keeps nothing, and the sender knows', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob', { accept: 'everybody' })
  await introduce(ann, bob)
  sessionOf(ann).uploadGate.limit(2 * MB)
  const [transfer] = await give(ann, folder({ 'large.bin': 20 * MB }), 'bob')
  await until('some of it came', () => doneBytesOf(bob) > MB)
  const [offer] = bob.direct.incoming.all
  bob.direct.incoming.answer(offer?.id ?? 0, false)
  await transfer?.finished
  assert.deepEqual([transfer?.state, transfer?.error], ['declined', 'bob does not want it any more'])
  await until('nothing is left', () => readdirSync(bob.settings.receiveDir).length === 0)
  assert.equal(offer?.state, 'declined')
})

test('who was not invited gets no word of the peer wire, whatever certificate he shows', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob', { accept: 'everybody' })
  await introduce(ann, bob)
  sessionOf(ann).uploadGate.limit(MB)
  await give(ann, folder({ 'large.bin': 10 * MB }), 'bob')
  const torrent = await torrentOf(ann)
  await until('bob is let in', () => torrent.peers.size === 1)
  const { key, cert } = readOrMakeIdentity(makeHome('eve'))
  for (const identity of [{ key, cert }, {}]) {
    const socket = connect({
      ...identity,
      host: '127.0.0.1',
      port: ann.direct.port,
      rejectUnauthorized: false,
      ALPNProtocols: ['shoal-bt/1'],
    })
    socket.on('error', () => {}) // it is cut off
    let heard = 0
    socket.on('data', (chunk: Buffer) => (heard += chunk.length))
    socket.write(`\x13BitTorrent protocol${'\0'.repeat(8)}`)
    socket.write(torrent.wireHashes[0] ?? '')
    await once(socket, 'close')
    assert.equal(heard, 0)
  }
  assert.equal(torrent.peers.size, 1)
})
