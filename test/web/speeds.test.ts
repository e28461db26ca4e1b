import assert from 'node:assert/strict'
import test from 'node:test'
import type { TorrentEvent } from '../../src/daemon/rpc/types.ts'
import { perSecond, PLOT_SEC, SpeedHistory } from '../../src/web/state/speeds.ts'

const told = (id: number, down: number, up = 0): TorrentEvent =>
  ({ id, rate_download: down, rate_upload: up }) as TorrentEvent

test('a rate holds until another is told', () => {
  const history = new SpeedHistory(0)
  history.note(told(1, 0), 5)
  assert.deepEqual(history.of(1), [[0, 0, 0]], 'nothing has changed')
  history.note(told(1, 100), 10)
  history.note(told(1, 100), 11)
  history.note(told(1, 0), 12)
  assert.deepEqual(history.of(1), [
    [0, 0, 0],
    [10, 100, 0],
    [12, 0, 0],
  ])
  const { seconds, down } = perSecond(history.of(1), 13)
  assert.deepEqual([seconds.length, seconds[0], seconds.at(-1)], [PLOT_SEC + 1, -PLOT_SEC, 0])
  assert.deepEqual(down.slice(-5), [0, 100, 100, 0, 0])
  assert.equal(down[0], null, 'before the page was open nobody knows')
})

test('of each torrent five minutes are kept', () => {
  const history = new SpeedHistory(0)
  for (let second = 1; second <= 1_000; second++) history.note(told(1, second), second)
  assert.equal(history.of(1).length, PLOT_SEC)
})

test('of thousands that are busy fifty are kept, for as long as they are, and the one that is looked at always', () => {
  const history = new SpeedHistory(0)
  for (let second = 1; second <= 3; second++) {
    for (let id = 1; id <= 5_000; id++) history.note(told(id, second), second)
  }
  const kept = Array.from({ length: 5_000 }, (_, n) => n + 1).filter((id) => history.of(id).length > 1)
  assert.equal(kept.length, 50)
  assert.equal(history.of(1).length, 4)
  history.follow(4_000)
  history.note(told(4_000, 9), 4)
  assert.equal(history.of(4_000).length, 2)
  for (let id = 1; id <= 5_000; id++) history.note(told(id, 1_000), 2 * PLOT_SEC)
  assert.equal(history.of(4_000).length, 3, 'who is looked at does not make room')
  history.remove(4_000)
  assert.equal(history.of(4_000).length, 1)
})
