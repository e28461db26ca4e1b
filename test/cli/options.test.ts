import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidArgumentError } from 'commander'
import {
  duration,
  listenAddress,
  peerAddress,
  pieceLength,
  rate,
  ratio,
  url,
  wholeNumber,
} from '../../src/cli/options.ts'

function refuses(read: () => unknown, expected: RegExp): void {
  assert.throws(read, (error) => error instanceof InvalidArgumentError && expected.test(error.message))
}

test('addresses to listen on may leave the port to the system, peers may not', () => {
  assert.deepEqual(listenAddress('127.0.0.1:0'), [{ ip: '127.0.0.1', port: 0 }])
  assert.deepEqual(listenAddress('[::]:6881', [{ ip: '127.0.0.1', port: 0 }]), [
    { ip: '127.0.0.1', port: 0 },
    { ip: '::', port: 6881 },
  ])
  assert.deepEqual(peerAddress('192.0.2.7:80'), [{ ip: '192.0.2.7', port: 80 }])
  refuses(() => peerAddress('192.0.2.7:0'), /ip:port/)
  for (const text of ['', '6881', 'localhost:6881', '1.2.3.4', '1.2.3.4:', '::1:6881', '1.2.3.4:65536', '[1.2.3:0']) {
    refuses(() => listenAddress(text), /ip:port/)
  }
})

test('piece lengths are powers of two from 16 KiB', () => {
  assert.equal(pieceLength('16K'), 16_384)
  assert.equal(pieceLength('1M'), 1_048_576)
  assert.equal(pieceLength('65536'), 65_536)
  for (const text of ['8K', '100K', '1G', '0', 'x']) refuses(() => pieceLength(text), /power of two/)
})

test('numbers, ratios, times and rates have bounds', () => {
  assert.equal(wholeNumber(1, 5)('5'), 5)
  for (const text of ['0', '6', '1.5', '', ' 3', '1e0', '-1']) refuses(() => wholeNumber(1, 5)(text), /from 1 to 5/)
  assert.equal(ratio('1.5'), 1.5)
  for (const text of ['-1', 'NaN', 'Infinity', '1.', '']) refuses(() => ratio(text), /such as 1.5/)
  assert.equal(duration('30m'), 1_800_000)
  refuses(() => duration('0s'), /such as 20s/)
  assert.equal(rate('2M'), 2_000_000)
  refuses(() => rate('0'), /500K/)
})

test('trackers are http, https or udp; web seeds are not udp', () => {
  assert.deepEqual(url('tracker')('udp://a.example:6969/announce', ['http://b/']), [
    'http://b/',
    'udp://a.example:6969/announce',
  ])
  refuses(() => url('tracker')('tracker.example:6969'), /begins with http:/)
  refuses(() => url('web')('udp://a.example:1'), /begins with http:/)
})
