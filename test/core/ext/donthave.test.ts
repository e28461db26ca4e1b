import assert from 'node:assert/strict'
import test from 'node:test'
import { readDontHave, readUploadOnly, writeDontHave, writeUploadOnly } from '../../../src/core/ext/donthave.ts'

test('[117] lt_donthave is a piece index of four bytes, and of no other size', () => {
  assert.deepEqual(writeDontHave(0x01020304), Uint8Array.of(1, 2, 3, 4))
  assert.equal(readDontHave(Uint8Array.of(1, 2, 3, 4)), 0x01020304)
  assert.equal(readDontHave(Uint8Array.of(1, 2, 3)), 'bad-extended')
  assert.equal(readDontHave(new Uint8Array(5)), 'bad-extended')
})

test('[117] an index that no torrent has is read as it is: ignoring it is for who knows the torrent', () => {
  assert.equal(readDontHave(Uint8Array.of(255, 255, 255, 255)), 4_294_967_295)
})

test('[84] upload_only is one byte', () => {
  assert.equal(readUploadOnly(writeUploadOnly(true)), true)
  assert.equal(readUploadOnly(writeUploadOnly(false)), false)
  assert.equal(readUploadOnly(new Uint8Array(0)), 'bad-extended')
  assert.equal(readUploadOnly(new Uint8Array(2)), 'bad-extended')
})
