// Where one stands below the folders that may be seen, on machines of any system.
import assert from 'node:assert/strict'
import test from 'node:test'
import { crumbsOf, joined, nameOf } from '../../src/web/share/folder-path.ts'

test('the way begins at the outermost folder that may be seen', () => {
  assert.deepEqual(crumbsOf('/home/ann/photos/2024', ['/home/ann/photos', '/home/ann', '/srv']), [
    { name: 'ann', path: '/home/ann' },
    { name: 'photos', path: '/home/ann/photos' },
    { name: '2024', path: '/home/ann/photos/2024' },
  ])
  assert.deepEqual(crumbsOf('/home/ann', ['/home/ann']), [{ name: 'ann', path: '/home/ann' }])
})

test('a folder that only begins alike is none of them', () => {
  assert.deepEqual(crumbsOf('/home/anne', ['/home/ann']), [])
})

test('the whole disk may be seen', () => {
  assert.deepEqual(crumbsOf('/srv', ['/']), [
    { name: '/', path: '/' },
    { name: 'srv', path: '/srv' },
  ])
  assert.equal(joined('/', 'srv'), '/srv')
})

test('Windows paths are split at their own strokes, and others are not', () => {
  assert.deepEqual(crumbsOf('C:\\Users\\Ann\\New', ['C:\\Users\\Ann']), [
    { name: 'Ann', path: 'C:\\Users\\Ann' },
    { name: 'New', path: 'C:\\Users\\Ann\\New' },
  ])
  assert.equal(nameOf('/srv/a\\b'), 'a\\b')
  assert.equal(joined('C:\\', 'New'), 'C:\\New')
})
