// Flat lists of shared files as folders.
import assert from 'node:assert/strict'
import test from 'node:test'
import { asFound, foldersAround, inFolder } from '../../src/web/people/shared-folder.ts'

const FILES = [
  { path: 'notes 10.txt', size: 1 },
  { path: 'notes 2.txt', size: 2 },
  { path: 'photos/2024/a.jpg', size: 30 },
  { path: 'photos/2024/b.jpg', size: 40 },
  { path: 'photos/cover.jpg', size: 5 },
  { path: 'photosother/x', size: 7 },
]

const shown = (folder: string): string[] =>
  inFolder(FILES, folder).map(({ kind, path, name, size, files }) => `${kind} ${path} "${name}" ${size} ${files}`)

test('a folder shows what is directly in it, folders first, with the sums of what is below', () => {
  assert.deepEqual(shown(''), [
    'folder photos "photos" 75 3',
    'folder photosother "photosother" 7 1',
    'file notes 2.txt "notes 2.txt" 2 1',
    'file notes 10.txt "notes 10.txt" 1 1',
  ])
  assert.deepEqual(shown('photos'), ['folder photos/2024 "2024" 70 2', 'file photos/cover.jpg "cover.jpg" 5 1'])
  assert.deepEqual(shown('photos/2024'), ['file photos/2024/a.jpg "a.jpg" 30 1', 'file photos/2024/b.jpg "b.jpg" 40 1'])
  assert.deepEqual(shown('nowhere'), [])
})

test('names that objects have of themselves are folders like others', () => {
  const rows = inFolder([{ path: '__proto__/constructor', size: 1 }], '')
  assert.deepEqual(rows, [{ kind: 'folder', name: '__proto__', path: '__proto__', size: 1, files: 1 }])
})

test('what was searched for is shown with its whole path', () => {
  assert.deepEqual(asFound([{ path: 'photos/cover.jpg', size: 5 }]), [
    { kind: 'file', name: 'photos/cover.jpg', path: 'photos/cover.jpg', size: 5, files: 1 },
  ])
})

test('the way back goes by every folder around', () => {
  assert.deepEqual(foldersAround(''), [])
  assert.deepEqual(foldersAround('photos/2024'), [
    { name: 'photos', path: 'photos' },
    { name: '2024', path: 'photos/2024' },
  ])
})
