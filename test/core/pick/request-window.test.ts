import assert from 'node:assert/strict'
import test from 'node:test'
import { RequestWindow } from '../../../src/core/pick/request-window.ts'

/** A peer that answers in order at a rate, `roundTripMs` away; asks as much as the window allows. */
function simulate(
  window: RequestWindow,
  options: { bytesPerSec: number; roundTripMs: number; blocks: number; leftMs?: (nowMs: number) => number },
) {
  const msPerBlock = (16_384 * 1000) / options.bytesPerSec
  const asked: number[] = []
  let nowMs = 0
  let lineFreeAt = 0
  let mostInFlight = 0
  for (let n = 0; n < options.blocks; n++) {
    while (asked.length < window.size) asked.push(nowMs)
    mostInFlight = Math.max(mostInFlight, asked.length)
    const askedAt = asked.shift() ?? nowMs
    lineFreeAt = Math.max(lineFreeAt, askedAt + options.roundTripMs) + msPerBlock
    nowMs = Math.max(nowMs, lineFreeAt)
    window.onBlock(nowMs, askedAt, asked.length, options.leftMs?.(nowMs))
  }
  return { nowMs, mostInFlight, bytesPerSec: (options.blocks * 16_384 * 1000) / nowMs }
}

test('at 1 GB/s on loopback 128 are in flight within 10 ms, and never many more than 256', () => {
  const window = new RequestWindow(2000)
  const { nowMs } = simulate(window, { bytesPerSec: 1e9, roundTripMs: 0.1, blocks: 300 })
  assert.ok(window.size >= 128, `${window.size}`)
  assert.ok(nowMs < 10, `${nowMs} ms`)
  const { mostInFlight } = simulate(window, { bytesPerSec: 1e9, roundTripMs: 0.1, blocks: 10_000 })
  assert.ok(mostInFlight > 200 && mostInFlight < 300, `${mostInFlight}`)
})

test('a peer of 20 kB/s is not overloaded', () => {
  const window = new RequestWindow()
  const { mostInFlight } = simulate(window, { bytesPerSec: 20_000, roundTripMs: 100, blocks: 100 })
  assert.ok(mostInFlight <= 4, `${mostInFlight}`)
  assert.ok(window.size >= 2)
})

test('a block that comes in the very moment it was asked for leaves a window', () => {
  const window = new RequestWindow()
  window.onBlock(5, 5, 1)
  window.onBlock(5, 5, 0)
  assert.ok(window.size >= 2, `${window.size}`)
  simulate(window, { bytesPerSec: 1e6, roundTripMs: 50, blocks: 100 })
  assert.ok(window.size > 8, `${window.size}`)
})

test('a slow peer that becomes fast again gets more requests again, from whatever size', () => {
  for (let blocks = 20; blocks < 60; blocks++) {
    const window = new RequestWindow()
    simulate(window, { bytesPerSec: 1e6, roundTripMs: 20, blocks })
    simulate(window, { bytesPerSec: 10_000, roundTripMs: 20, blocks: 200 })
    assert.ok(window.size < 4, `${window.size}`)
    simulate(window, { bytesPerSec: 1e6, roundTripMs: 20, blocks: 200 })
    assert.ok(window.size > 8, `${window.size} after ${blocks}`)
  }
})

test('in the last seconds little waits with a peer, so that nobody waits for that; the line stays full', () => {
  const line = { bytesPerSec: 1e6, roundTripMs: 20 }
  const before = new RequestWindow()
  simulate(before, { ...line, blocks: 1_000 })
  const inTheMiddle = before.size
  assert.ok(inTheMiddle >= 30, `${inTheMiddle}: half a second of a line of 61 blocks a second`)
  const { bytesPerSec } = simulate(before, { ...line, blocks: 600, leftMs: (nowMs) => 10_000 - nowMs })
  assert.ok(before.size <= 12, `${before.size}: a tenth of a second, and the way`)
  assert.ok(bytesPerSec > 0.98e6, `${bytesPerSec}`)
})

test('a peer that sends twice a second is asked as much in the last seconds as before', () => {
  const window = new RequestWindow(512)
  const left = { blocks: 8_000 }
  window.onBlock(1, 0, 1) // met the peer while it sent
  let nowMs = 500
  let asked: number[] = []
  let leftMs = Number.POSITIVE_INFINITY
  for (; left.blocks > 0 && nowMs < 120_000; nowMs += 500) {
    const answered = asked
    asked = []
    for (const [n, askedAt] of answered.entries()) {
      window.onBlock(nowMs + n / 10, askedAt, answered.length - 1 - n + asked.length, leftMs)
      while (answered.length - 1 - n + asked.length < window.size) asked.push(nowMs + n / 10)
    }
    if (asked.length === 0) asked = Array.from({ length: window.size }, () => nowMs)
    left.blocks -= answered.length
    if (answered.length > 0) leftMs = (left.blocks / answered.length) * 500
  }
  assert.ok(nowMs < 25_000, `${nowMs} ms, ${window.size} at the end`)
  assert.ok(window.size >= 200, `${window.size}`)
})

test('a long way is filled: 10 MB/s over 200 ms', () => {
  const window = new RequestWindow(2000)
  simulate(window, { bytesPerSec: 1e7, roundTripMs: 200, blocks: 2000 })
  const { bytesPerSec, mostInFlight } = simulate(window, { bytesPerSec: 1e7, roundTripMs: 200, blocks: 5000 })
  assert.ok(bytesPerSec > 9.5e6, `${bytesPerSec}`)
  assert.ok(mostInFlight < 800, `${mostInFlight}`)
})

test('a peer that becomes slow gets fewer requests', () => {
  const window = new RequestWindow(500)
  simulate(window, { bytesPerSec: 1e8, roundTripMs: 10, blocks: 1000 })
  assert.ok(window.size > 200, `${window.size}`)
  simulate(window, { bytesPerSec: 1e5, roundTripMs: 10, blocks: 1000 })
  assert.ok(window.size <= 6, `${window.size}`)
})

test('[55] never more than the peer stands, nor the last that it should', () => {
  const window = new RequestWindow()
  simulate(window, { bytesPerSec: 1e9, roundTripMs: 1, blocks: 2000 })
  assert.equal(window.size, 250)
  window.setLimit(10)
  assert.equal(window.size, 9)
  window.setLimit(1)
  assert.equal(window.size, 1)
  window.setLimit(0)
  assert.equal(window.size, 1)
})

test('a window that is not used does not grow', () => {
  const window = new RequestWindow()
  for (let n = 0; n < 1000; n++) window.onBlock(n * 100 + 1, n * 100, 0)
  assert.ok(window.size <= 4)
})

test('snubbed: one request until a block comes', () => {
  const window = new RequestWindow()
  simulate(window, { bytesPerSec: 1e9, roundTripMs: 1, blocks: 2000 })
  window.snubbed()
  assert.equal(window.size, 1)
  window.onBlock(60_000, 0, 0)
  assert.equal(window.size, 2)
})

test('[131] a peer that rejects everything is asked at most 100 times a second', () => {
  const window = new RequestWindow()
  let requests = 0
  for (let nowMs = 0; nowMs < 10_000; nowMs++) {
    const allowed = window.sizeAt(nowMs)
    for (let n = 0; n < allowed; n++, requests++) window.onReject(nowMs)
  }
  assert.ok(requests <= 1004, `${requests}`)
  assert.ok(requests >= 500)
})
