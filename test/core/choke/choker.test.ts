import assert from 'node:assert/strict'
import test from 'node:test'
import { type ChokePeer, Choker } from '../../../src/core/choke/choker.ts'

const ROUND = 10_000
const LONG_AGO = -1_000_000

function peer(id: number, change: Partial<ChokePeer> = {}): ChokePeer {
  const usual = {
    isInterested: true,
    isSnubbed: false,
    downloadBytesPerSec: 0,
    uploadBytesPerSec: 0,
    joinedAt: LONG_AGO,
  }
  return { id, ...usual, ...change }
}

/** Numbers in [0, 1) that look random and are the same every time. */
function dice(): () => number {
  let state = 1
  return () => {
    state = (state * 48_271) % 0x7fffffff
    return state / 0x7fffffff
  }
}

const sorted = (ids: ReadonlySet<number>): number[] => [...ids].sort((a, b) => a - b)

test('[14] the four best givers are unchoked, and one more for luck', () => {
  const peers = [1, 2, 3, 4, 5, 6, 7, 8].map((id) => peer(id, { downloadBytesPerSec: id * 1000 }))
  const unchoked = new Choker().round(peers, 0, false, dice())
  assert.equal(unchoked.size, 5)
  for (const id of [5, 6, 7, 8]) assert.ok(unchoked.has(id))
})

test('a fast line feeds more peers, a slow one never fewer than the slots that were asked for', () => {
  const peers = Array.from({ length: 40 }, (_, id) => peer(id, { downloadBytesPerSec: 1000 + id }))
  const slotsAt = (bytesPerSec: number): number => {
    const choker = new Choker()
    choker.fitTo(bytesPerSec)
    return choker.round(peers, 0, false, dice()).size - 1 // the optimistic one
  }
  assert.deepEqual([0, 10_000, 300_000, 1_000_000, 2_500_000, 1e9].map(slotsAt), [4, 4, 5, 10, 15, 20])
})

test('between rounds a free slot is for who waits, and one is free when its peer wants nothing any more', () => {
  const choker = new Choker({ slots: 1, optimisticSlots: 1 })
  assert.deepEqual(
    [1, 2, 3].map((id) => choker.tryUnchoke(id, 0)),
    [true, true, false],
  )
  assert.equal(choker.hasFreeSlot, false)
  choker.release(2, 0)
  assert.equal(choker.hasFreeSlot, true)
  assert.equal(choker.tryUnchoke(3, 0), true)
})

test('a faster peer that wants nothing is unchoked without taking a slot, a slower one is not', () => {
  const peers = [
    peer(1, { downloadBytesPerSec: 9000, isInterested: false }),
    peer(2, { downloadBytesPerSec: 8000 }),
    peer(3, { downloadBytesPerSec: 7000 }),
    peer(4, { downloadBytesPerSec: 6000, isInterested: false }),
    peer(5, { isInterested: false }),
  ]
  const choker = new Choker({ slots: 2, optimisticSlots: 1 })
  assert.deepEqual(sorted(choker.round(peers, 0, false, dice())), [1, 2, 3])
})

test('[14] the optimistic unchoke stays for three rounds, then goes to another', () => {
  const choker = new Choker({ slots: 1, optimisticSlots: 1 })
  const peers = [peer(0, { downloadBytesPerSec: 1 }), ...[1, 2, 3, 4, 5].map((id) => peer(id))]
  const random = dice()
  const chosen = [0, 1, 2, 3, 4, 5, 6].map((round) => {
    const unchoked = sorted(choker.round(peers, round * ROUND, false, random))
    assert.equal(unchoked.length, 2)
    assert.equal(unchoked[0], 0)
    return unchoked[1]
  })
  assert.equal(new Set(chosen.slice(0, 3)).size, 1)
  assert.equal(new Set(chosen.slice(3, 6)).size, 1)
  assert.notEqual(chosen[2], chosen[3])
  assert.notEqual(chosen[5], chosen[6])
})

test('[14] who joined lately is three times as likely to be the optimistic unchoke', () => {
  const random = dice()
  const peers = [peer(0, { downloadBytesPerSec: 1 }), peer(1, { joinedAt: 0 }), peer(2)]
  let lucky = 0
  for (let n = 0; n < 4000; n++) {
    const choker = new Choker({ slots: 1, optimisticSlots: 1 })
    if (choker.round(peers, 5_000, false, random).has(1)) lucky++
  }
  assert.ok(lucky > 2850 && lucky < 3150, `${lucky} of 4000`)
})

test('an optimistic peer that earns a slot makes room for another at once', () => {
  const choker = new Choker({ slots: 1, optimisticSlots: 1 })
  const random = dice()
  const before = [peer(0, { downloadBytesPerSec: 10 }), peer(1), peer(2)]
  const lucky = sorted(choker.round(before, 0, false, random))[1] ?? -1
  const other = lucky === 1 ? 2 : 1
  const after = [peer(0), peer(lucky, { downloadBytesPerSec: 20 }), peer(other)]
  const unchoked = choker.round(after, ROUND, false, random)
  assert.equal(unchoked.size, 2)
  assert.ok(unchoked.has(lucky))
})

test('[14] who snubs us earns no slot, and is answered with one more optimistic unchoke', () => {
  const choker = new Choker({ slots: 1, optimisticSlots: 1 })
  const peers = [
    peer(0, { downloadBytesPerSec: 900, isSnubbed: true }),
    peer(1, { downloadBytesPerSec: 10 }),
    peer(2),
    peer(3),
    peer(4),
  ]
  const unchoked = choker.round(peers, 0, false, dice())
  assert.equal(unchoked.size, 3)
  assert.ok(unchoked.has(1))
})

test('as a seed everybody gets a turn, and the fastest takers keep half of the slots', () => {
  const choker = new Choker()
  const random = dice()
  const turns = new Map<number, number>()
  for (let round = 0; round < 200; round++) {
    const peers = Array.from({ length: 30 }, (_, id) =>
      peer(id, { uploadBytesPerSec: id < 2 ? 1_000_000 : 0, downloadBytesPerSec: id }),
    )
    const unchoked = choker.round(peers, round * ROUND, true, random)
    assert.equal(unchoked.size, 5)
    assert.ok(unchoked.has(0) && unchoked.has(1))
    for (const id of unchoked) turns.set(id, (turns.get(id) ?? 0) + 1)
  }
  assert.equal(turns.size, 30)
  for (let id = 2; id < 30; id++) assert.ok((turns.get(id) ?? 0) >= 12, `${id} had ${turns.get(id)} rounds`)
})

test('as a seed nobody is choked in a turn, and nobody at all while there are slots for all', () => {
  const choker = new Choker({ slots: 2, optimisticSlots: 0 })
  const random = dice()
  const first = sorted(choker.round([peer(1), peer(2), peer(3)], 0, true, random))
  assert.deepEqual(sorted(choker.round([peer(1), peer(2), peer(3)], 50_000, true, random)), first)
  assert.notDeepEqual(sorted(choker.round([peer(1), peer(2), peer(3)], 60_000, true, random)), first)
  const alone = new Choker()
  for (let round = 0; round < 20; round++) {
    assert.deepEqual(sorted(alone.round([peer(1), peer(2)], round * ROUND, true, random)), [1, 2])
  }
})

test('between rounds a free slot is given at once, a taken one is not, and who leaves frees one', () => {
  const choker = new Choker({ slots: 1, optimisticSlots: 1 })
  assert.equal(choker.tryUnchoke(1, 0), true)
  assert.equal(choker.tryUnchoke(2, 0), true)
  assert.equal(choker.tryUnchoke(3, 0), false)
  assert.equal(choker.tryUnchoke(2, 0), true)
  choker.left(1)
  assert.equal(choker.tryUnchoke(3, 0), true)
})

test('who gives up its turn waits behind those who waited before it', () => {
  const choker = new Choker({ slots: 1, optimisticSlots: 0 })
  assert.equal(choker.tryUnchoke(1, 10_000), true)
  choker.release(1, 20_000)
  const since = (joinedAt: number): Partial<ChokePeer> => ({ joinedAt })
  assert.deepEqual([...choker.round([peer(1, since(0)), peer(2, since(5_000))], 30_000, true, dice())], [2])
})

test('nobody interested: nobody unchoked', () => {
  const peers = [peer(1, { isInterested: false }), peer(2, { isInterested: false })]
  for (const isSeeding of [true, false]) assert.equal(new Choker().round(peers, 0, isSeeding, dice()).size, 0)
})

test('the same dice give the same choice', () => {
  const peers = Array.from({ length: 50 }, (_, id) => peer(id))
  const rounds = (): number[][] => {
    const choker = new Choker()
    const random = dice()
    return [0, 1, 2, 3].map((round) => sorted(choker.round(peers, round * ROUND, round > 1, random)))
  }
  assert.deepEqual(rounds(), rounds())
})
