import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnnounceSchedule } from '../../../src/core/tracker/schedule.ts'
import { MAX_TRACKERS, type Tracker, trackerKind } from '../../../src/core/tracker/tiers.ts'

const A = 'http://a.example/announce'
const B = 'http://b.example/announce'
const C = 'udp://c.example:80'
const SEC = 1000

/** `random` 0 keeps the order of a tier and takes the shortest back-off. */
function schedule(tiers: readonly (readonly string[])[], isAnnouncingToAllTiers = false): AnnounceSchedule {
  return new AnnounceSchedule(tiers, { isAnnouncingToAllTiers, random: () => 0 })
}

/** The one tracker that is due; `wantsPeers` false. */
function due(plan: AnnounceSchedule, now: number, wantsPeers = false): Tracker {
  const [tracker, ...others] = plan.begin(now, wantsPeers)
  assert.ok(tracker !== undefined, `nothing is due at ${now}`)
  assert.deepEqual(others, [])
  return tracker
}

function nothingDue(plan: AnnounceSchedule, now: number, wantsPeers = false): void {
  assert.deepEqual(plan.begin(now, wantsPeers), [])
}

test('the first tracker is due at once, and only one is asked at a time', () => {
  const plan = schedule([[A], [B]])
  assert.equal(due(plan, 0).url, A)
  nothingDue(plan, 1_000_000)
  assert.equal(plan.nextAt(true), undefined)
})

test('[18] the interval that the tracker names is obeyed', () => {
  const plan = schedule([[A]])
  plan.answered(due(plan, 0), 100, 1800, undefined)
  nothingDue(plan, 1800 * SEC)
  assert.equal(plan.nextAt(false), 1800 * SEC + 100)
  assert.equal(due(plan, 1800 * SEC + 100).url, A)
})

test('[18] an announce that a person asked for waits for the minimum interval', () => {
  const plan = schedule([[A], [B]])
  plan.answered(due(plan, 0), 0, 1800, 300)
  plan.hurry('person')
  nothingDue(plan, 299 * SEC)
  assert.equal(due(plan, 300 * SEC).url, A)
})

test('[18] a minimum interval above the interval wins', () => {
  const plan = schedule([[A]])
  plan.answered(due(plan, 0), 0, 60, 600)
  nothingDue(plan, 599 * SEC, true)
  assert.equal(due(plan, 600 * SEC).url, A)
})

test('[129] nobody is asked more often than every 30 s, and an absurd interval becomes a day', () => {
  for (const hostile of [0, 1, -5, Number.NaN]) {
    const plan = schedule([[A]])
    plan.answered(due(plan, 0), 0, hostile, hostile)
    plan.hurry('person')
    assert.equal(plan.nextAt(true), 30 * SEC)
  }
  const plan = schedule([[A]])
  plan.answered(due(plan, 0), 0, 2 ** 31, undefined)
  assert.equal(plan.nextAt(false), 86_400 * SEC)
  plan.failed(due(plan, 86_400 * SEC), 86_400 * SEC)
  nothingDue(plan, (86_400 + 29) * SEC)
})

test('who wants peers comes back early, each time twice as late, until the regular interval', () => {
  const plan = schedule([[A]])
  let now = 0
  plan.answered(due(plan, now), now, 1800, 60)
  for (const waitSec of [60, 120, 240, 480, 960, 1800]) {
    assert.equal(plan.nextAt(true), now + waitSec * SEC)
    now += waitSec * SEC
    plan.answered(due(plan, now, true), now, 1800, 60)
  }
  // The last one came at its regular time: the count starts again.
  assert.equal(plan.nextAt(true), now + 60 * SEC)
})

test('without a minimum interval early announces are two minutes apart or more', () => {
  const plan = schedule([[A]])
  plan.answered(due(plan, 0), 0, 1800, undefined)
  assert.equal(plan.nextAt(true), 120 * SEC)
})

test('an event is told at once, minimum interval or not', () => {
  const plan = schedule([[A]])
  plan.answered(due(plan, 0), 0, 1800, 1800)
  plan.hurry('event')
  assert.equal(due(plan, 1).url, A)
  plan.answered(plan.trackers()[0] as Tracker, 2, 1800, 1800)
  assert.equal(plan.nextAt(false), 1800 * SEC + 2)
})

test('an event that happens during an announce is told after it', () => {
  const plan = schedule([[A]])
  const asked = due(plan, 0)
  plan.hurry('event')
  plan.answered(asked, 5, 1800, undefined)
  assert.equal(due(plan, 5).url, A)
})

test('[63] a tier is shuffled once, when it is read', () => {
  const numbers = [0.9, 0.1, 0.5]
  const plan = new AnnounceSchedule([[A, B, C]], { isAnnouncingToAllTiers: false, random: () => numbers.shift() ?? 0 })
  assert.deepEqual(
    plan.trackers().map(({ url }) => url),
    [B, C, A],
  )
})

test('[63] a tracker that answers moves to the front of its tier, as in the example of BEP 12', () => {
  const plan = schedule([['http://1/', 'http://2/', 'http://3/']])
  plan.failed(due(plan, 0), 0)
  plan.answered(due(plan, 0), 0, 60, undefined)
  const order = (): string[] => plan.trackers().map(({ url }) => url)
  assert.deepEqual(order(), ['http://2/', 'http://1/', 'http://3/'])
  for (const url of ['http://2/', 'http://1/']) {
    const tracker = due(plan, 60 * SEC)
    assert.equal(tracker.url, url)
    plan.failed(tracker, 60 * SEC)
  }
  plan.answered(due(plan, 60 * SEC), 60 * SEC, 60, undefined)
  assert.deepEqual(order(), ['http://3/', 'http://2/', 'http://1/'])
})

test('[64] the next tier is asked only when the whole tier failed, and the top again at the next interval', () => {
  const plan = schedule([[A, B], [C]])
  const asked: string[] = []
  for (let i = 0; i < 2; i++) {
    const tracker = due(plan, 0)
    asked.push(tracker.url)
    plan.failed(tracker, 0)
  }
  assert.deepEqual(asked, [A, B])
  const last = due(plan, 0)
  assert.equal(last.url, C)
  plan.answered(last, 0, 1800, undefined)
  nothingDue(plan, 1799 * SEC)
  assert.equal(due(plan, 1800 * SEC).url, A)
})

test('[64] a retry at the top that fails leaves the tracker that works in place', () => {
  const plan = schedule([[A], [B]])
  plan.failed(due(plan, 0), 0)
  plan.answered(due(plan, 0), 0, 1800, undefined)
  plan.failed(due(plan, 1800 * SEC), 1800 * SEC)
  assert.equal(due(plan, 1800 * SEC).url, B)
})

test('[64] announcing to all tiers is a setting: one tracker of each', () => {
  const plan = schedule([[A, B], [C]], true)
  assert.deepEqual(
    plan.begin(0, false).map(({ url }) => url),
    [A, C],
  )
})

test('when all have failed, each comes back after 30 s, 1 min, 2 min … half an hour, and up to a quarter more', () => {
  const plan = schedule([[A]])
  let now = 0
  for (const waitSec of [30, 60, 120, 240, 480, 960, 1800, 1800]) {
    plan.failed(due(plan, now), now)
    nothingDue(plan, now + waitSec * SEC - 1)
    now += waitSec * SEC
  }
  const late = new AnnounceSchedule([[A]], { isAnnouncingToAllTiers: false, random: () => 0.999 })
  late.failed(due(late, 0), 0)
  const nextAt = late.nextAt(false) ?? 0
  assert.ok(nextAt > 37 * SEC && nextAt < 37.5 * SEC, String(nextAt))
})

test('a person who asks ends the back-off, but not the 30 s', () => {
  const plan = schedule([[A]])
  for (const now of [0, 30 * SEC, 90 * SEC]) plan.failed(due(plan, now), now)
  plan.hurry('person')
  assert.equal(plan.nextAt(false), 120 * SEC)
})

test('trackers of a magnet link that come later go behind, and known ones are not added again', () => {
  const plan = schedule([[A]])
  plan.failed(due(plan, 0), 0)
  assert.deepEqual(
    plan.addTrackers([[A, B], [` ${B} `], [C]]).map(({ url, tier }) => [url, tier]),
    [
      [B, 1],
      [C, 2],
    ],
  )
  assert.equal(due(plan, 0).url, B)
})

test('[65] empty tiers, empty URLs and unknown kinds do no harm: they are shown and skipped', () => {
  const plan = schedule([[], [''], ['wss://w.example/', 'no url'], [A]])
  assert.deepEqual(
    plan.trackers().map(({ kind }) => kind),
    ['unsupported', 'unsupported', 'http'],
  )
  assert.equal(due(plan, 0).url, A)
  assert.equal(schedule([['wss://w.example/']]).nextAt(true), undefined)
  assert.equal(schedule([]).nextAt(true), undefined)
})

test('a list of thousands of trackers is cut', () => {
  const urls = Array.from({ length: 5000 }, (_, i) => `http://${i}.example/announce`)
  assert.equal(schedule([urls]).trackers().length, MAX_TRACKERS)
})

test('kinds of URLs', () => {
  assert.equal(trackerKind('https://a.example:8443/announce?pass=1'), 'http')
  assert.equal(trackerKind('udp://[::1]:6969/announce'), 'udp')
  for (const url of [
    'udp://no-port.example',
    'udp://zero.example:0',
    'wss://a.example',
    'http://',
    'file:///etc/passwd',
    'x',
  ]) {
    assert.equal(trackerKind(url), 'unsupported', url)
  }
})

test('what is shown as the next time follows the tracker', () => {
  const plan = schedule([[A], [B]])
  const [first, second] = plan.trackers() as [Tracker, Tracker]
  assert.equal(plan.nextAtOf(first, false), undefined)
  plan.failed(due(plan, 0), 0)
  plan.answered(due(plan, 0), 0, 1800, 60)
  assert.equal(plan.nextAtOf(first, false), 30 * SEC)
  assert.equal(plan.nextAtOf(second, false), 1800 * SEC)
  assert.equal(plan.nextAtOf(second, true), 60 * SEC)
})
