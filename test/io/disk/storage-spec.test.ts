// A worker sees the files of a torrent as they are, after what it is told of them was sent.
import assert from 'node:assert/strict'
import test from 'node:test'
import { layOut } from '../../../src/core/metainfo/layout.ts'
import type { PlacedFile } from '../../../src/core/metainfo/metainfo.ts'
import { makeSpec, readFiles } from '../../../src/io/disk/storage-spec.ts'

function sent(files: readonly PlacedFile[], geometry: ReturnType<typeof layOut>['geometry']): unknown[] {
  const info = { files, geometry, pieceHashes: new Uint8Array(0), infoHashV1: undefined, infoHashV2: undefined }
  const options = { info, pieceRoots: undefined, dir: '/', wanted: files.map(() => true), mode: 'share' } as const
  return readFiles(structuredClone(makeSpec(options))).map((file) => {
    const { offset, length, isPad, path, isExecutable, symlink } = file
    return { offset, length, isPad, path, isExecutable, symlink }
  })
}

const file = { length: 5, isExecutable: false, symlink: undefined }
const content = { name: 'all', isSingle: false, pieceLength: 16_384, isPrivate: false, source: undefined }

test('places, kinds and names are the same on both sides, padding and links too', () => {
  const files = [
    { ...file, path: ['a', 'b', 'c.bin'], length: 2 ** 40 },
    { ...file, path: ['line\nbreak "quoted" \u202e'], isExecutable: true },
    { ...file, path: ['\u{1f41f}', '\u043e\u043a\u0443\u043d\u044c'] },
    { ...file, path: ['link'], length: 0, symlink: ['a', 'b'] },
    { ...file, path: ['last'] },
  ]
  const layout = layOut({ ...content, version: 'hybrid', files })
  assert.ok(layout.files.some(({ isPad, path }) => isPad && path.length === 0))
  assert.deepEqual(sent(layout.files, layout.geometry), layout.files)
})

test('a single file lies in no folder', () => {
  const layout = layOut({ ...content, isSingle: true, version: 'v1', files: [{ ...file, path: ['only'] }] })
  assert.deepEqual(sent(layout.files, layout.geometry), layout.files)
})
