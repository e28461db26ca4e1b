// The swarms survive a restart, in a file that is whole or refused.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../../src/core/errors.ts'
import type { AnnounceEvent } from '../../src/core/tracker/announce.ts'
import { MemoryStore } from '../../src/tracker/memory-store.ts'
import { readSnapshot, writeSnapshot } from '../../src/tracker/snapshot.ts'
import { TrackerServer } from '../../src/tracker/tracker-server.ts'
import { hashOf, peer4, peer6, update } from '../suites/swarm-store.ts'
import { makeHome } from '../support/program.ts'

const NAMES = ['a', 'b', 'c']
const announces = fc.array(
  fc.record({
    name: fc.constantFrom(...NAMES),
    n: fc.integer({ min: 1, max: 40 }),
    isV6: fc.boolean(),
    isSeed: fc.boolean(),
    event: fc.constantFrom<AnnounceEvent>('none', 'started', 'completed', 'stopped'),
    at: fc.integer({ min: 1_000, max: 2_000 }),
  }),
  { maxLength: 120 },
)

async function everything(store: MemoryStore): Promise<unknown> {
  const torrents = new Map<string, unknown>()
  for await (const { infoHash, completed, peers } of store.torrents()) {
    const lines = peers.map(({ address, isSeed, hasCompleted, heardAtSec }) =>
      [Buffer.from(address).toString('hex'), isSeed, hasCompleted, heardAtSec].join(' '),
    )
    torrents.set(Buffer.from(infoHash).toString('hex'), [completed, lines.toSorted()])
  }
  return torrents
}

test('what was known is known again, with the ages that it had', async () => {
  const path = join(makeHome('snapshot'), 'swarms.bin')
  await fc.assert(
    fc.asyncProperty(announces, async (all) => {
      const [before, after] = [new MemoryStore(), new MemoryStore()]
      for (const { name, n, isV6, isSeed, event, at } of all) {
        const address = isV6 ? peer6(n) : peer4(n)
        await before.announce(update({ infoHash: hashOf(name), address, isSeed, event }), at)
      }
      // An hour later, on another clock.
      await writeSnapshot(before, path, 2_000, 1_000_000)
      await readSnapshot(after, path, 5_600, 1_003_600)
      assert.deepEqual(await everything(after), await everything(before))
      assert.deepEqual(await after.counts(), await before.counts())
      await after.expire(1_500)
      await before.expire(1_500)
      assert.deepEqual(await after.counts(), await before.counts())
    }),
    { numRuns: 50 },
  )
  assert.deepEqual(readdirSync(join(path, '..')), ['swarms.bin'])
})

test('a file that was cut or changed is refused, or read as far as it makes sense; nothing else breaks', async () => {
  const dir = makeHome('damaged')
  const path = join(dir, 'swarms.bin')
  const store = new MemoryStore()
  for (let n = 1; n < 9; n++) await store.announce(update({ address: n % 2 === 0 ? peer4(n) : peer6(n) }), 1_000)
  await writeSnapshot(store, path, 1_000)
  const whole = readFileSync(path)
  const damaged = join(dir, 'damaged.bin')
  const read = async (bytes: Uint8Array): Promise<'read' | 'refused'> => {
    writeFileSync(damaged, bytes)
    try {
      await readSnapshot(new MemoryStore(), damaged, 1_000)
      return 'read'
    } catch (error) {
      assert.ok(error instanceof AppError, String(error))
      assert.match(error.message, /holds no swarms that can be read: move it away/)
      return 'refused'
    }
  }
  for (let length = 0; length < whole.length; length++) assert.equal(await read(whole.subarray(0, length)), 'refused')
  assert.equal(await read(whole), 'read')
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
      const changed = Uint8Array.from(whole)
      changed[at] = byte
      await read(changed)
    }),
    { numRuns: 200 },
  )
})

test('a tracker that is started again knows who was there', async () => {
  const statePath = join(makeHome('restart'), 'swarms.bin')
  const query = new URLSearchParams({ peer_id: '-XX0000-abcdefghijkl', left: '0' }).toString()
  const announce = async ({ port }: TrackerServer, own: number): Promise<Buffer> => {
    const url = `http://127.0.0.1:${port}/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&port=${own}&${query}`
    return Buffer.from(await (await fetch(url)).arrayBuffer())
  }
  const first = await TrackerServer.listen({ port: 0, host: '127.0.0.1', statePath })
  await announce(first, 7_001)
  await first.close()
  const second = await TrackerServer.listen({ port: 0, host: '127.0.0.1', statePath })
  assert.deepEqual(await second.stats(), { torrents: 1, peers: 1, announces: 0 })
  assert.match((await announce(second, 7_002)).toString('latin1'), /8:completei2e/)
  await second.close()
})

test('a start that fails changes nothing of what another tracker keeps', async () => {
  const statePath = join(makeHome('taken'), 'swarms.bin')
  const first = await TrackerServer.listen({ port: 0, host: '127.0.0.1', statePath })
  writeFileSync(statePath, readFileSync(statePath)) // a time of its own
  const before = statSync(statePath)
  await assert.rejects(TrackerServer.listen({ port: first.port, host: '127.0.0.1', statePath }), /is in use/)
  const { mtimeMs, ino } = statSync(statePath)
  assert.deepEqual([mtimeMs, ino], [before.mtimeMs, before.ino])
  await first.close()
})

test('a place that cannot be written is said at the start, and no port stays open', async () => {
  await assert.rejects(
    TrackerServer.listen({ port: 0, host: '127.0.0.1', statePath: join(makeHome('gone'), 'no/such/swarms.bin') }),
    /cannot write .*: there is no such file or folder/,
  )
})
