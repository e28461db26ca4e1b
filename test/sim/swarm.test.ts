// Whole swarms on a virtual clock. What is asserted is virtual time and bytes on lines, the same on every machine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSwarm, type SwarmPlan } from './swarm.ts'

const MIB = 1024 * 1024

/** Lines of 1 Mbit/s up and 10 down. */
const THIN: SwarmPlan = {
  seed: 1,
  downloaders: 20,
  fileBytes: 16 * MIB,
  pieceBytes: 64 * 1024,
  upload: 125_000,
  download: 1_250_000,
  seedUpload: 125_000,
  latencyMs: [10, 50],
  addresses: 25,
}

test('twenty on thin lines have it within 1.15 times what is possible, and the seed repeats little', async () => {
  const { lastDoneSec, boundSec, seedCopies, unfinished } = await runSwarm(THIN, 1_000)
  assert.equal(unfinished, 0)
  assert.ok(lastDoneSec <= 1.15 * boundSec, `${lastDoneSec} s, bound ${boundSec} s`)
  assert.ok(seedCopies <= 1.15, `${seedCopies} copies`)
})

test('large pieces on thin lines: each goes to one downloader as a whole, and from there to the others', async () => {
  const plan = { ...THIN, pieceBytes: 256 * 1024 }
  const { lastDoneSec, boundSec, unfinished } = await runSwarm(plan, 1_000)
  assert.equal(unfinished, 0)
  assert.ok(lastDoneSec <= 1.4 * boundSec, `${lastDoneSec} s, bound ${boundSec} s`)
})

test('an office: all downloaders behind one network, whose allowed-fast pieces are the same', async () => {
  const plan = { ...THIN, fileBytes: 4 * MIB, pieceBytes: 16 * 1024, isOneNetwork: true }
  const { lastDoneSec, boundSec, seedCopies, unfinished } = await runSwarm(plan, 1_000)
  assert.equal(unfinished, 0)
  assert.ok(lastDoneSec <= 1.3 * boundSec, `${lastDoneSec} s, bound ${boundSec} s`)
  assert.ok(seedCopies <= 1.3, `${seedCopies} copies`)
})

test('what left the seed before it goes is in the swarm, and enough for all', async () => {
  const plan = { ...THIN, seedLeavesAfterCopies: 1.08 }
  const { lastDoneSec, boundSec, unfinished } = await runSwarm(plan, 1_000)
  assert.equal(unfinished, 0)
  assert.ok(lastDoneSec <= 1.25 * boundSec, `${lastDoneSec} s, bound ${boundSec} s`)
})

test('people come one after the other and go when they have it', async () => {
  const plan = { ...THIN, joinEveryMs: 5_000, leaveWhenDone: true }
  const { lastDoneSec, unfinished } = await runSwarm(plan, 2_000)
  assert.equal(unfinished, 0)
  assert.ok(lastDoneSec <= 100 + 1.15 * 134, `${lastDoneSec} s; the last one came after 100 s`)
})

test('four of twenty pass on wrong bytes, and the others get theirs all the same', async () => {
  const plan = { ...THIN, liars: 4 }
  const { lastDoneSec, boundSec, unfinished } = await runSwarm(plan, 2_000)
  assert.equal(unfinished, 0)
  assert.ok(lastDoneSec <= 2 * boundSec, `${lastDoneSec} s, bound ${boundSec} s`)
})

test('fast lines a long way apart are filled', async () => {
  const plan = {
    ...THIN,
    downloaders: 5,
    upload: 10e6,
    download: 100e6,
    seedUpload: 10e6,
    latencyMs: [100, 150],
    fileBytes: 64 * MIB,
  } as const
  const { lastDoneSec, boundSec, unfinished } = await runSwarm(plan, 1_000)
  assert.equal(unfinished, 0)
  assert.ok(lastDoneSec <= 1.6 * boundSec, `${lastDoneSec} s, bound ${boundSec} s`)
})

test('the same seed gives the same swarm', async () => {
  const plan = { ...THIN, downloaders: 8, fileBytes: 2 * MIB, pieceBytes: 32 * 1024 }
  const { realSec: _first, ...first } = await runSwarm(plan, 1_000)
  const { realSec: _second, ...second } = await runSwarm(plan, 1_000)
  assert.deepEqual(second, first)
})
