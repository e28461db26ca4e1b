import assert from 'node:assert/strict'
import test from 'node:test'
import { fromLatin1, toLatin1 } from '../../../src/core/bytes.ts'
import {
  readMetadataMessage,
  writeMetadataData,
  writeMetadataReject,
  writeMetadataRequest,
} from '../../../src/core/ext/metadata-message.ts'

test('[43] requests, data and rejects are written as BEP 9 shows them', () => {
  assert.equal(toLatin1(writeMetadataRequest(0)), 'd8:msg_typei0e5:piecei0ee')
  assert.equal(toLatin1(writeMetadataReject(3)), 'd8:msg_typei2e5:piecei3ee')
  const data = writeMetadataData(1, 34_256, fromLatin1('xxe'))
  assert.equal(toLatin1(data), 'd8:msg_typei1e5:piecei1e10:total_sizei34256eexxe')
})

test('[43] the bytes of a data message are those after its dictionary', () => {
  const message = readMetadataMessage(fromLatin1('d8:msg_typei1e5:piecei2e10:total_sizei40000eed3:abce'))
  assert.deepEqual(message, { type: 'data', piece: 2, totalSize: 40_000, bytes: fromLatin1('d3:abce') })
})

test('[43] requests and rejects are read, with keys that we do not know', () => {
  assert.deepEqual(readMetadataMessage(fromLatin1('d1:ai1e8:msg_typei0e5:piecei9ee')), { type: 'request', piece: 9 })
  assert.deepEqual(readMetadataMessage(fromLatin1('d8:msg_typei2e5:piecei9ee')), { type: 'reject', piece: 9 })
})

test('[47] an unknown msg_type is ignored', () => {
  for (const type of ['3', '255', '-1']) {
    assert.equal(readMetadataMessage(fromLatin1(`d8:msg_typei${type}e5:piecei0ee`)), undefined)
  }
})

test('a data message without total_size is read', () => {
  const message = readMetadataMessage(fromLatin1('d8:msg_typei1e5:piecei0eexyz'))
  assert.deepEqual(message, { type: 'data', piece: 0, totalSize: 0, bytes: fromLatin1('xyz') })
})

const broken = [
  '',
  'x',
  'i0e',
  'de',
  'd8:msg_typei0ee',
  'd5:piecei0ee',
  'd8:msg_typei0e5:piecei-1ee',
  'd8:msg_type1:05:piecei0ee',
]
for (const text of broken) {
  test(`"${text}" is a violation`, () => assert.equal(readMetadataMessage(fromLatin1(text)), 'bad-metadata'))
}
