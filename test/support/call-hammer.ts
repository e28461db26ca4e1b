// A thread that calls a tracker's limit as fast as it can, together with others: says how many of its calls were let through.
import assert from 'node:assert/strict'
import { parentPort, workerData } from 'node:worker_threads'
import { CallLimit, type SharedCallCounts } from '../../src/tracker/call-limit.ts'

export interface HammerData {
  readonly most: number
  readonly counts: SharedCallCounts
  /** How many threads are still to come, in the first word. */
  readonly gate: SharedArrayBuffer
  /** 10.x.y.z: this many, each called once in a round. */
  readonly addresses: number
  readonly rounds: number
}

function hammer({ most, counts, gate, addresses, rounds }: HammerData): number {
  const limit = new CallLimit(most, counts)
  const ips = Array.from({ length: addresses }, (_, n) => Uint8Array.of(10, n >> 16, n >> 8, n))
  const missing = new Int32Array(gate)
  Atomics.sub(missing, 0, 1)
  while (Atomics.load(missing, 0) > 0); // all begin at once: else one could be done before the next has started
  let passed = 0
  for (let round = 0; round < rounds; round++) {
    for (const ip of ips) if (!limit.isTooOften(ip, 1000)) passed++
  }
  return passed
}

assert(parentPort !== null)
const data: HammerData = workerData
parentPort.postMessage(hammer(data))
