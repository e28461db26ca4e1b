// Starts, stops and failures of one torrent, and what the next start makes of them.
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Address } from '../../src/core/address.ts'
import { AppError } from '../../src/core/errors.ts'
import { Session } from '../../src/engine/session.ts'
import type { Torrent } from '../../src/engine/torrent.ts'
import type { Disk } from '../../src/io/disk/disk.ts'
import { InlineDisk } from '../../src/io/disk/inline-disk.ts'
import { TrackerServer } from '../../src/tracker/tracker-server.ts'
import { makeTestTorrent, seedWith } from '../attack/test-torrent.ts'
import { listenScripted } from '../attack/scripted-peer.ts'
import { makeHome, removeHome, until } from '../support/program.ts'
import { LOOPBACK, openSession } from '../support/session.ts'

const TORRENT = makeTestTorrent(600_000, 65_536)
const SOURCE = { metainfo: TORRENT.metainfo }

interface Stage extends AsyncDisposable {
  readonly dir: string
  readonly stateDir: string
  /** A session with the same state each time. */
  open(): Promise<Session>
  /** In a session of its own. */
  readonly seed: Torrent
  readonly seedAddresses: readonly Address[]
}

async function setStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const home = stack.adopt(makeHome('life'), removeHome)
  const [dir, stateDir, source] = ['get', 'state', 'source'].map((name) => join(home, name)) as [string, string, string]
  for (const folder of [dir, source]) mkdirSync(folder)
  writeFileSync(join(source, 'data'), TORRENT.data)
  const seeding = stack.adopt(await openSession(), (session) => session.close())
  const seed = seeding.add(SOURCE, { dir: source, mode: 'seed', seedTrusted: true })
  await seed.finished
  const owned = stack.move()
  return {
    dir,
    stateDir,
    seed,
    seedAddresses: seeding.addresses,
    open: async () => owned.adopt(await Session.open({ stateDir, listen: LOOPBACK }), (session) => session.close()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Downloads all of it. */
async function download(stage: Stage): Promise<Torrent> {
  const session = await stage.open()
  const torrent = session.add(SOURCE, { dir: stage.dir, mode: 'download', peers: stage.seedAddresses })
  await torrent.finished
  await session.close()
  return torrent
}

test('a clean second start trusts what is there: nothing is fetched, nothing is read', async () => {
  await using stage = await setStage()
  assert.equal((await download(stage)).status().downloadedBytes, 600_000)
  const again = await download(stage)
  assert.deepEqual([again.status().downloadedBytes, again.status().doneBytes], [0, 600_000])
  // As far as it would have come: a check counts what it looks at.
  assert.equal(again.checkedBytes, 600_000)
})

test('totals go on over all runs', async () => {
  await using stage = await setStage()
  await download(stage)
  const again = await download(stage)
  assert.equal(again.status().totalDownloadedBytes, 600_000)
})

test('a file that vanished is fetched again', async () => {
  await using stage = await setStage()
  await download(stage)
  rmSync(join(stage.dir, 'data'))
  assert.equal((await download(stage)).status().downloadedBytes, 600_000)
  assert.ok(readFileSync(join(stage.dir, 'data')).equals(TORRENT.data))
})

test('a file that was cut is repaired under its own name', async () => {
  await using stage = await setStage()
  await download(stage)
  truncateSync(join(stage.dir, 'data'), 300_000)
  await download(stage)
  assert.ok(readFileSync(join(stage.dir, 'data')).equals(TORRENT.data))
  assert.deepEqual(readdirSync(stage.dir), ['data'])
})

test('somebody else’s file of that name is not overwritten', async () => {
  await using stage = await setStage()
  writeFileSync(join(stage.dir, 'data'), 'mine')
  await download(stage)
  assert.equal(readFileSync(join(stage.dir, 'data'), 'utf8'), 'mine')
  assert.ok(readFileSync(join(stage.dir, 'data (1)')).equals(TORRENT.data))
  assert.equal((await download(stage)).status().downloadedBytes, 0)
})

test('until it is complete a file is called .part', async () => {
  await using stage = await setStage()
  await using stack = new AsyncDisposableStack()
  // Answers every request but those for piece 3.
  const partial = stack.use(
    await listenScripted({ ...TORRENT, localAddress: '127.0.0.2' }, (peer) => {
      peer.onMessage = ({ id, payload }) => id === 6 && payload.readUInt32BE(0) === 3
      const swallow = peer.onMessage
      seedWith(peer, TORRENT)
      const answer = peer.onMessage
      peer.onMessage = (message) => swallow(message) || answer(message)
    }),
  )
  const session = await stage.open()
  const torrent = session.add(SOURCE, { dir: stage.dir, mode: 'download', peers: [partial.address] })
  await until('nine of ten pieces are there', () => torrent.status().pieceHaveCount === 9)
  assert.deepEqual(readdirSync(stage.dir), ['data.part'])
  assert.equal(statSync(join(stage.dir, 'data.part')).size, 600_000)
  await session.close()
  assert.equal((await download(stage)).status().downloadedBytes, 65_536)
  assert.deepEqual(readdirSync(stage.dir), ['data'])
})

test('two sessions do not write the same files: the second one is told who has them', async () => {
  await using stage = await setStage()
  const [one, two] = [await stage.open(), await stage.open()]
  const options = { dir: stage.dir, mode: 'download' } as const
  one.add(SOURCE, options)
  const second = two.add(SOURCE, options)
  await until('the second one fails', () => second.status().state === 'failed')
  assert.equal(second.error?.code, 'busy')
  await one.close()
  second.start()
  second.addPeers(stage.seedAddresses)
  await second.finished
})

test('seeding what is not there fails with a way out, and starts when it is', async () => {
  await using stage = await setStage()
  const session = await stage.open()
  writeFileSync(join(stage.dir, 'data'), TORRENT.data.subarray(0, 500_000))
  const seed = session.add(SOURCE, { dir: stage.dir, mode: 'seed' })
  await until('it fails', () => seed.status().state === 'failed')
  assert.equal(seed.error?.code, 'incomplete')
  writeFileSync(join(stage.dir, 'data'), TORRENT.data)
  seed.start()
  await seed.finished
  assert.equal(seed.status().state, 'seeding')
})

test('a torrent whose files could not be made permanent when it stopped can be started again', async () => {
  await using stage = await setStage()
  const disk = new InlineDisk()
  let isFull = false
  const failing: Disk = {
    look: (paths, done) => disk.look(paths, done),
    reserve: (bytes, purpose) => disk.reserve(bytes, purpose),
    release: (slot) => disk.release(slot),
    close: () => disk.close(),
    open: (options) => {
      const storage = disk.open(options)
      const sync = storage.sync.bind(storage)
      const full = new AppError('disk-full', 'no space left')
      storage.sync = (done) => (isFull ? void setImmediate(() => done(full)) : sync(done))
      return storage
    },
  }
  const options = { stateDir: stage.dir, listen: LOOPBACK, disk: failing }
  await using stack = new AsyncDisposableStack()
  const session = stack.adopt(await Session.open(options), (open) => open.close())
  writeFileSync(join(stage.dir, 'data'), TORRENT.data)
  const torrent = session.add(SOURCE, { dir: stage.dir, mode: 'seed' })
  await torrent.finished
  isFull = true
  await torrent.stop()
  assert.equal(torrent.error?.code, 'disk-full')
  isFull = false
  torrent.start()
  let isSeeding = false
  void torrent.finished.then(() => (isSeeding = true))
  await until('it seeds again', () => isSeeding || torrent.error !== undefined)
  assert.equal(torrent.error, undefined)
})

test('a file that is cut while it is seeded stops the torrent, and a start notices', async () => {
  await using stage = await setStage()
  const { seed } = stage
  truncateSync(join(seed.dir, 'data'), 1_000)
  const session = await stage.open()
  session.add(SOURCE, { dir: stage.dir, mode: 'download', peers: stage.seedAddresses })
  await until('the seed fails', () => seed.status().state === 'failed')
  assert.equal(seed.error?.code, 'data-missing')
  seed.start()
  await until('it is checked and found incomplete', () => seed.error?.code === 'incomplete')
})

test('a file that somebody changes while it is seeded is noticed at the next start, though its size is the same', async () => {
  await using stage = await setStage()
  await download(stage)
  const session = await stage.open()
  const torrent = session.add(SOURCE, { dir: stage.dir, mode: 'download' })
  await torrent.finished
  writeFileSync(join(stage.dir, 'data'), TORRENT.data.toReversed())
  await session.close()
  assert.equal((await download(stage)).status().downloadedBytes, 600_000)
})

test('[17] completed is announced once, and not again after a stop and a start', async () => {
  await using stage = await setStage()
  await using stack = new AsyncDisposableStack()
  const tracker = stack.adopt(await TrackerServer.listen({ port: 0, host: '127.0.0.1' }), (server) => server.close())
  const url = tracker.urls.find((one) => one.startsWith('http'))
  assert.ok(url !== undefined)
  const metainfo = Buffer.concat([Buffer.from(`d8:announce${url.length}:${url}`), TORRENT.metainfo.subarray(1)])
  // Somebody stays, or the tracker would forget the torrent and its count.
  const other = stack.adopt(await openSession(), (opened) => opened.close())
  other.add({ metainfo }, { dir: stage.seed.dir, mode: 'seed' })
  const session = await stage.open()
  const torrent = session.add({ metainfo }, { dir: stage.dir, mode: 'download', peers: stage.seedAddresses })
  await torrent.finished
  const downloads = async (): Promise<number | undefined> => {
    const [result] = (await torrent.announcer?.scrape()) ?? []
    return result?.completed
  }
  await until('the tracker knows', async () => ((await downloads()) === 1 ? true : undefined))
  await torrent.stop()
  torrent.start()
  await until('it works again', () => torrent.status().trackers[0]?.state === 'working')
  assert.equal(await downloads(), 1)
})

test('selected files alone are fetched, and nothing of the others is left', async () => {
  await using stage = await setStage()
  assert.ok(!existsSync(join(stage.dir, 'data')))
  const session = await stage.open()
  const torrent = session.add(SOURCE, { dir: stage.dir, mode: 'download', select: [] })
  await until('there is nothing to do', () => torrent.status().state === 'seeding')
  assert.deepEqual([torrent.status().wantedBytes, readdirSync(stage.dir)], [0, []])
})

test('close leaves no socket, timer, worker or file', async () => {
  const before = process.getActiveResourcesInfo() // of the test before, some may be on its way out
  {
    await using stage = await setStage()
    const session = await stage.open()
    const torrent = session.add(SOURCE, { dir: stage.dir, mode: 'download', peers: stage.seedAddresses })
    await torrent.finished
  }
  const left = (): string[] => {
    const known = [...before]
    return process.getActiveResourcesInfo().filter((kind) => {
      const at = known.indexOf(kind)
      if (at !== -1) known.splice(at, 1)
      return at === -1
    })
  }
  await until('all is closed', () => left().length === 0)
})
