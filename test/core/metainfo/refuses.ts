// Asserts that a .torrent is refused as users should see it: the right code, and one clean sentence.
import assert from 'node:assert/strict'
import { AppError } from '../../../src/core/errors.ts'
import { parseTorrent } from '../../../src/core/metainfo/parse.ts'
import { nodeHasher } from '../../../src/io/hasher.ts'

export function refusesTorrent(bytes: Uint8Array, why: RegExp): void {
  assert.throws(
    () => parseTorrent(bytes, nodeHasher),
    (error) => {
      assert.ok(error instanceof AppError, String(error))
      assert.equal(error.code, 'bad-metainfo')
      assert.match(error.message, why)
      assert.match(error.message, /^the torrent is [^\n\x00-\x1f]+$/)
      return true
    },
  )
}
