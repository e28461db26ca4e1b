import assert from 'node:assert/strict'
import test from 'node:test'
import { RateMeter, TokenBucket } from '../../src/core/rate.ts'

test('a steady stream is metered right from its first second on', () => {
  const meter = new RateMeter()
  for (let now = 0; now <= 60_000; now += 10) {
    meter.add(1_000, now)
    if (now >= 1_000) assert.ok(Math.abs(meter.bytesPerSec(now) - 100_000) < 2_000, `at ${now} ms`)
  }
})

test('a meter falls to nothing when the stream stops, and a first read is no rate', () => {
  const meter = new RateMeter()
  assert.equal(meter.bytesPerSec(0), 0)
  meter.add(16_384, 1_000_000)
  assert.ok(meter.bytesPerSec(1_000_000) <= 16_384 * 2.2)
  assert.ok(meter.bytesPerSec(1_060_000) < 1)
})

test('time that stands still or goes back changes no rate', () => {
  const meter = new RateMeter()
  meter.add(50_000, 5_000)
  const rate = meter.bytesPerSec(5_000)
  assert.equal(meter.bytesPerSec(4_000), rate)
  meter.add(50_000, 4_500)
  assert.equal(meter.bytesPerSec(5_000), rate * 2)
})

test('a bucket lets its rate pass, and a quarter of a second at once', () => {
  const bucket = new TokenBucket(100_000)
  let passed = 0
  for (let now = 0; now < 10_000; now += 5) while (bucket.take(1_000, now)) passed += 1_000
  assert.ok(passed >= 1_000_000 && passed <= 1_026_000, `${passed}`)
})

test('a block passes a bucket that can never hold one, and is paid off afterwards', () => {
  const bucket = new TokenBucket(1_000)
  assert.equal(bucket.take(100_000, 0), true)
  assert.ok(bucket.available(0) < 0)
  assert.equal(bucket.take(1, 0), false)
  const wait = bucket.waitMs(1_000, 0)
  assert.equal(bucket.take(1_000, wait - 1), false)
  assert.equal(bucket.take(1_000, wait + 1), true)
})

test('bytes that came anyway are owed', () => {
  const bucket = new TokenBucket(1_000_000)
  bucket.spend(750_000, 0)
  assert.equal(bucket.available(0), -500_000)
  assert.equal(bucket.available(500), 0)
  assert.equal(bucket.waitMs(1_000, 500), 1)
})

test('without a rate everything passes; with a new one the debt is kept', () => {
  const bucket = new TokenBucket()
  assert.equal(bucket.take(1e12, 0), true)
  assert.equal(bucket.waitMs(1e12, 0), 0)
  bucket.setRate(1_000_000, 1)
  assert.equal(bucket.available(1), 250_000)
  bucket.spend(350_000, 1)
  bucket.setRate(2_000_000, 1)
  assert.equal(bucket.available(1), -100_000)
  bucket.setRate(undefined, 1)
  assert.equal(bucket.take(1e12, 1), true)
})
