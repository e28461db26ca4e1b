// Torrents that wait for their turn.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { JsonObject } from '../../src/daemon/rpc/method.ts'
import type { SettingsChange } from '../../src/daemon/settings.ts'
import { openDaemon, type TestDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'

const [STOPPED, QUEUED, DOWNLOADING] = [0, 3, 4]
const TWO: SettingsChange = { 'download-queue': 2 }

/** Links that nobody answers: they download for ever. */
async function addLinks(it: TestDaemon, count: number): Promise<void> {
  for (let n = 1; n <= count; n++)
    await it.call('torrent_add', { filename: `magnet:?xt=urn:btih:${String(n).repeat(40)}` })
}

async function table(it: TestDaemon, ...fields: string[]): Promise<unknown> {
  const { torrents } = await it.call('torrent_get', { fields: ['id', ...fields], format: 'table' })
  return (torrents as unknown as unknown[]).slice(1)
}

test('so many download as may; when one stops the next begins, and who starts again waits', async () => {
  await using it = await openDaemon(TWO)
  await addLinks(it, 4)
  assert.deepEqual(await table(it, 'status'), [
    [1, DOWNLOADING],
    [2, DOWNLOADING],
    [3, QUEUED],
    [4, QUEUED],
  ])
  await it.call('torrent_stop', { ids: 1 })
  await it.call('torrent_start', { ids: 1 })
  assert.deepEqual(await table(it, 'status'), [
    [1, QUEUED],
    [2, DOWNLOADING],
    [3, DOWNLOADING],
    [4, QUEUED],
  ])
  await it.call('torrent_remove', { ids: [2, 3] })
  assert.deepEqual(await table(it, 'status'), [
    [1, DOWNLOADING],
    [4, DOWNLOADING],
  ])
})

test('who is started at once runs besides; a smaller queue sends the latest back, a larger one takes them', async () => {
  await using it = await openDaemon(TWO)
  await addLinks(it, 4)
  await it.call('torrent_start_now', { ids: 4 })
  const states = async (): Promise<unknown> => ((await table(it, 'status')) as number[][]).map(([, status]) => status)
  assert.deepEqual(await states(), [DOWNLOADING, DOWNLOADING, QUEUED, DOWNLOADING])
  await it.call('session_set', { download_queue_size: 1 })
  assert.deepEqual(await states(), [DOWNLOADING, QUEUED, QUEUED, DOWNLOADING])
  await it.call('session_set', { download_queue_enabled: false })
  assert.deepEqual(await states(), [DOWNLOADING, DOWNLOADING, DOWNLOADING, DOWNLOADING])
  await it.call('torrent_stop', { ids: [4] })
  assert.deepEqual(await states(), [DOWNLOADING, DOWNLOADING, DOWNLOADING, STOPPED])
})

test('who got nothing for long holds nobody up', async () => {
  await using it = await openDaemon({ ...TWO, 'queue-stalled': 1 })
  await addLinks(it, 3)
  const [first] = it.daemon.list
  assert.ok(first)
  first.busyAt -= 60_000
  await until('the third runs', () => it.daemon.list.get(3)?.torrent.state === 'metadata')
  assert.equal(first.torrent.state, 'metadata', 'the first may go on')
})

test('torrents are moved in the queue, keep their order among themselves, and it is kept between runs', async () => {
  const stateDir = makeHome('state')
  const order = async (it: TestDaemon): Promise<number[]> => {
    const { torrents } = await it.call('torrent_get', { fields: ['hash_string', 'queue_position'] })
    const rows = torrents as unknown as { hash_string: string; queue_position: number }[]
    assert.deepEqual(
      rows.map((row) => row.queue_position).toSorted((a, b) => a - b),
      [...rows.keys()],
    )
    return rows.toSorted((a, b) => a.queue_position - b.queue_position).map(({ hash_string: hash }) => Number(hash[0]))
  }
  {
    await using it = await openDaemon(TWO, stateDir)
    await addLinks(it, 5)
    for (const [method, params, expected] of [
      ['queue_move_top', { ids: [4, 5] }, [4, 5, 1, 2, 3]],
      ['queue_move_up', { ids: [4, 5, 3] }, [4, 5, 1, 3, 2]],
      ['queue_move_down', { ids: [5, 2] }, [4, 1, 5, 3, 2]],
      ['queue_move_bottom', { ids: [5, 4] }, [1, 3, 2, 4, 5]],
      ['torrent_set', { ids: 5, queue_position: 1 }, [1, 5, 3, 2, 4]],
      ['torrent_set', { ids: 1, queue_position: 99 }, [5, 3, 2, 4, 1]],
    ] satisfies [string, JsonObject, number[]][]) {
      await it.call(method, params)
      assert.deepEqual(await order(it), expected, `${method} ${JSON.stringify(params)}`)
    }
    // Between the same two, until there is no number left between them.
    for (let n = 0; n < 120; n++) await it.call('torrent_set', { ids: n % 2 === 0 ? 2 : 4, queue_position: 2 })
    assert.deepEqual(await order(it), [5, 3, 4, 2, 1])
  }
  await using it = await openDaemon(TWO, stateDir)
  assert.deepEqual(await order(it), [5, 3, 4, 2, 1])
  const states = ((await table(it, 'status')) as number[][]).map(([, status]) => status)
  assert.deepEqual(states, [QUEUED, QUEUED, DOWNLOADING, QUEUED, DOWNLOADING], 'the first two of the order run')
})
