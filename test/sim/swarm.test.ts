// Whole swarms on a virtual clock. What is asserted is virtual time and bytes on lines, the same on every machine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSwarm, type SwarmPlan, type SwarmResult } from './swarm.ts'

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

/** All of them finish, the last one within so many times what is possible. */
async function finishes(plan: SwarmPlan, times: number): Promise<SwarmResult> {
  const result = await runSwarm(plan, 2_000)
  assert.equal(result.unfinished, 0)
  assert.ok(result.lastDoneSec <= times * result.boundSec, `${result.lastDoneSec} s, bound ${result.boundSec} s`)
  return result
}

test('twenty on thin lines have it within 1.15 times what is possible, and the seed repeats little', async () => {
  const { seedCopies } = await finishes(THIN, 1.15)
  assert.ok(seedCopies <= 1.15, `${seedCopies} copies`)
})

test('large pieces on thin lines: each goes to one downloader as a whole, and from there to the others', async () => {
  await finishes({ ...THIN, pieceBytes: 256 * 1024 }, 1.4)
})

test('an office: all downloaders behind one network, whose allowed-fast pieces are the same', async () => {
  const { seedCopies } = await finishes({ ...THIN, fileBytes: 4 * MIB, pieceBytes: 16 * 1024, isOneNetwork: true }, 1.3)
  assert.ok(seedCopies <= 1.3, `${seedCopies} copies`)
})

test('what left the seed before it goes is in the swarm, and enough for all', async () => {
  await finishes({ ...THIN, seedLeavesAfterCopies: 1.08 }, 1.25)
})

test('people come one after the other and go when they have it', async () => {
  const lastCameSec = 100
  const { lastDoneSec, boundSec } = await finishes({ ...THIN, joinEveryMs: 5_000, leaveWhenDone: true }, 2)
  assert.ok(lastDoneSec <= lastCameSec + 1.15 * boundSec, `${lastDoneSec} s`)
})

test('four of twenty pass on wrong bytes, and the others get theirs all the same', async () => {
  await finishes({ ...THIN, liars: 4 }, 2)
})

test('fast lines a long way apart are filled', async () => {
  const lines = { upload: 10e6, download: 100e6, seedUpload: 10e6, latencyMs: [100, 150] } as const
  await finishes({ ...THIN, ...lines, downloaders: 5, fileBytes: 64 * MIB }, 1.6)
})

test('who is told many small pieces at a time takes them in turn, and the seed repeats none', async () => {
  const lines = {
    upload: 8e6,
    download: 1e9,
    seedUpload: 8e6,
    latencyMs: [0.05, 0.1],
    isLimitedBySession: true,
  } as const
  const plan = { ...THIN, ...lines, downloaders: 3, fileBytes: 32 * MIB, pieceBytes: 32 * 1024 }
  const { seedCopies } = await finishes(plan, 1.2)
  assert.ok(seedCopies <= 1.03, `${seedCopies} copies`)
})

test('the same seed gives the same swarm', async () => {
  const plan = { ...THIN, downloaders: 8, fileBytes: 2 * MIB, pieceBytes: 32 * 1024 }
  const { realSec: _first, ...first } = await runSwarm(plan, 1_000)
  const { realSec: _second, ...second } = await runSwarm(plan, 1_000)
  assert.deepEqual(second, first)
})
