// Other trackers for a torrent that runs.
import assert from 'node:assert/strict'
import test from 'node:test'
import { encodeBencode } from '../../src/core/bencode.ts'
import type { JsonObject } from '../../src/daemon/rpc/method.ts'
import { changeTiers, printTiers } from '../../src/daemon/rpc/tracker-changes.ts'
import { fakeHttpTracker } from '../engine/fake-trackers.ts'
import { openDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'

const LINK = `magnet:?xt=urn:btih:${'3'.repeat(40)}`
const ANSWER = { body: encodeBencode({ interval: 1_800, complete: 2, incomplete: 1, peers: '', 'external ip': '' }) }

test('a running torrent leaves its trackers for others, and keeps to them', async (t) => {
  const [old, other] = [await fakeHttpTracker(t, () => ANSWER), await fakeHttpTracker(t, () => ANSWER)]
  const stateDir = makeHome('state')
  const events = (tracker: typeof old): string[] => tracker.values('event')
  {
    await using it = await openDaemon({}, stateDir)
    await it.call('torrent_add', { filename: `${LINK}&tr=${encodeURIComponent(old.url)}` })
    const isAnswered = (): boolean => it.daemon.list.get(1)?.torrent.status().trackers[0]?.state === 'working'
    await until('the old one has answered', isAnswered)
    await it.call('torrent_set', { ids: 1, tracker_list: `${other.url}\n` })
    await until('the other one has answered', () => events(other).includes('started') && isAnswered())
    assert.equal(events(old).at(-1), 'stopped')
    const { torrents } = await it.call('torrent_get', { fields: ['tracker_list', 'tracker_stats'] })
    const [{ tracker_list: list, tracker_stats: stats }] = torrents as never as [JsonObject]
    assert.equal(list, other.url)
    const [stat] = stats as never as JsonObject[]
    assert.ok(Math.abs(Number(stat?.['last_announce_time']) - Date.now() / 1000) < 60, JSON.stringify(stat))
    assert.equal(stat?.['seeder_count'], 2)
    const refused = await it.call('torrent_set', { ids: 1, tracker_add: ['gopher://x'] })
    assert.match(JSON.stringify(refused), /"gopher:\/\/x\\" is no tracker/)
  }
  assert.equal(events(other).at(-1), 'stopped')
  const before = old.asked.length
  await using _again = await openDaemon({}, stateDir)
  await until('it tells the other one again', () => events(other).at(-1) === 'started')
  assert.equal(old.asked.length, before)
})

const [A, B, C] = ['http://a/announce', 'udp://b:1', 'https://c/x/announce']

test('all at once, added, removed, replaced; empty tiers go', () => {
  const tiers = [[A], [B]]
  assert.equal(changeTiers(tiers, {}), undefined)
  assert.deepEqual(changeTiers(tiers, { tracker_add: [C, A] }), [[A], [B], [C]])
  assert.deepEqual(changeTiers(tiers, { tracker_remove: [0] }), [[B]])
  assert.deepEqual(changeTiers([[A, B], [C]], { tracker_remove: [B, 2] }), [[A]], 'numbers, and URLs')
  assert.deepEqual(changeTiers(tiers, { tracker_remove: [C] }), tiers, 'it is gone already')
  assert.deepEqual(changeTiers(tiers, { tracker_replace: [1, C] }), [[A], [C]])
  assert.deepEqual(changeTiers(tiers, { tracker_list: `${A}\n${B}\n\n  ${C} \n\n\n` }), [[A, B], [C]])
  assert.deepEqual(changeTiers(tiers, { tracker_list: '' }), [])
  assert.deepEqual(changeTiers(tiers, { tracker_list: printTiers([[A, B], [C]]) }), [[A, B], [C]])
})

test('numbers that are not there, and what is no URL, are refused', () => {
  assert.throws(() => changeTiers([[A]], { tracker_remove: [1] }), /there is no tracker 1: it has 1/)
  assert.throws(() => changeTiers([[A]], { tracker_replace: [0] }), /numbers and URLs by turns/)
  assert.throws(() => changeTiers([[A]], { tracker_list: 'file:///etc/passwd' }), /is no tracker/)
  assert.throws(() => changeTiers([], { tracker_add: Array.from({ length: 1_001 }, (_, n) => `${A}${n}`) }), /1000/)
})
