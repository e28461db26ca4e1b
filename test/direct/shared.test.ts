// What trusted contacts may see and fetch, and what they may not.
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { introduce, type Person, person } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MB = 1_000_000

/** Ann, who trusts bob, shares a folder; and what is beside it. */
async function sharing(stack: AsyncDisposableStack): Promise<{ ann: Person; bob: Person; sharedDir: string }> {
  const base = makeHome('shared')
  const sharedDir = join(base, 'public')
  writeTree(sharedDir, { 'photos/beach.jpg': 2 * MB, 'photos/Summer/a.jpg': 10, 'notes.txt': 100 })
  for (const name of ['.hidden', 'photos/.thumbs']) writeFileSync(join(sharedDir, name), 'secret')
  mkdirSync(join(base, 'private'))
  writeFileSync(join(base, 'private/diary'), 'secret')
  symlinkSync(join(base, 'private'), join(sharedDir, 'door'))
  const ann = stack.use(await person('ann', { sharedDir }))
  const bob = stack.use(await person('bob'))
  await introduce(bob, ann)
  ann.direct.contacts.change(ann.direct.contacts.find('bob'), { trust: 'trusted' })
  return { ann, bob, sharedDir }
}

test('files are listed and searched, in pages and in order; not what is hidden, and not through links', async () => {
  await using stack = new AsyncDisposableStack()
  const { bob, sharedDir } = await sharing(stack)
  const contact = bob.direct.contacts.find('ann')
  const paths = async (words = '', after = ''): Promise<string[]> =>
    (await bob.direct.filesOf(contact, words, after)).map(({ path }) => path)
  assert.deepEqual(await paths(), ['notes.txt', 'photos/Summer/a.jpg', 'photos/beach.jpg'])
  assert.deepEqual(await paths('', 'notes.txt'), ['photos/Summer/a.jpg', 'photos/beach.jpg'])
  assert.deepEqual(await paths('summer JPG'), ['photos/Summer/a.jpg'])
  assert.deepEqual(await paths('nothing'), [])
  writeFileSync(join(sharedDir, 'new.txt'), 'new')
  await until('what is new is seen', async () => (await paths('new')).length === 1 || undefined)
})

test('a file and a folder are fetched, from two who have the same at once', async () => {
  await using stack = new AsyncDisposableStack()
  const { ann, bob, sharedDir } = await sharing(stack)
  const cem = stack.use(await person('cem', { sharedDir }))
  await introduce(bob, cem)
  cem.direct.contacts.change(cem.direct.contacts.find('bob'), { trust: 'trusted' })
  const names = ['ann', 'cem'].map((name) => bob.direct.contacts.find(name))
  const dir = makeHome('got')
  const folder = await bob.direct.fetching.get('photos', names, dir)
  assert.deepEqual(folder.from, ['ann', 'cem'])
  await until('the folder is there', () => folder.torrent.isDone)
  const differences = compareTrees(join(sharedDir, 'photos'), join(dir, 'photos'))
  assert.match(differences.join(), /^[^,]*\.thumbs: expected a file, got a nothing$/, 'all but what is hidden')
  await bob.direct.fetching.end(folder.id)
  const again = await bob.direct.fetching.get('notes.txt', names, makeHome('again'))
  await until('the file is there', () => again.torrent.isDone)
  assert.equal(again.torrent.status().doneBytes, 100)
  await bob.direct.fetching.end(again.id)
  for (const path of ['photo', '.hidden', 'photos/.thumbs']) {
    await assert.rejects(bob.direct.fetching.get(path, names, dir), new RegExp(`ann does not share "${path}"`))
  }
  assert.ok(ann.direct.session)
})

test('who is not trusted sees nothing, and no path leads out', async () => {
  await using stack = new AsyncDisposableStack()
  const { ann, bob } = await sharing(stack)
  const contact = bob.direct.contacts.find('ann')
  const dir = makeHome('got')
  for (const path of [
    '../private/diary',
    'door/diary',
    '/etc/passwd',
    'photos/../../private/diary',
    '.',
    '',
    '..\\private',
  ]) {
    await assert.rejects(bob.direct.fetching.get(path, [contact], dir), /does not share|cannot give/, path)
  }
  ann.direct.contacts.change(ann.direct.contacts.find('bob'), { trust: 'unknown' })
  await assert.rejects(bob.direct.filesOf(contact, '', ''), /must trust you first/)
  await assert.rejects(bob.direct.fetching.get('notes.txt', [contact], dir), /must trust you first/)
  ann.direct.contacts.change(ann.direct.contacts.find('bob'), { trust: 'blocked' })
  await assert.rejects(bob.direct.filesOf(contact, '', ''), /does not answer as a contact should/)
})
