// Folders of this machine as the page shows them: which may be seen, in which order, and where new ones can be made.
import assert from 'node:assert/strict'
import { mkdirSync, realpathSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { allowedPath, allowedSources, type FolderRules } from '../../src/daemon/allowed-folders.ts'
import { browse, makeFolder, MAX_ENTRIES } from '../../src/daemon/browse.ts'
import { openDaemon } from '../support/daemon.ts'
import { makeHome } from '../support/program.ts'
import { writeTree } from '../support/tree.ts'

/** A folder with files, and the rules by which it alone may be seen. */
function stage(sizes: Readonly<Record<string, number>> = {}): { readonly root: string; readonly rules: FolderRules } {
  const root = realpathSync(makeHome('browse'))
  writeTree(root, sizes)
  return { root, rules: rulesFor(root) }
}

function rulesFor(root: string, stateDir: string = makeHome('state')): FolderRules {
  const settings = {
    'page-roots': [root],
    'download-roots': [],
    'download-dir': root,
    'receive-dir': root,
    'shared-dir': '',
  }
  return { settings, stateDir }
}

test('folders come first, names with numbers in the order of the numbers, hidden ones not at all', async () => {
  const { root, rules } = stage({
    '10.jpg': 10,
    '2.jpg': 2,
    'b/x': 1,
    'a2/x': 1,
    'a10/x': 1,
    '.secret': 1,
    '.git/x': 1,
  })
  assert.deepEqual(await browse(rules, root), {
    path: root,
    parent: null,
    entries: [
      { name: 'a2', path: join(root, 'a2'), kind: 'folder', size_bytes: 0 },
      { name: 'a10', path: join(root, 'a10'), kind: 'folder', size_bytes: 0 },
      { name: 'b', path: join(root, 'b'), kind: 'folder', size_bytes: 0 },
      { name: '2.jpg', path: join(root, '2.jpg'), kind: 'file', size_bytes: 2 },
      { name: '10.jpg', path: join(root, '10.jpg'), kind: 'file', size_bytes: 10 },
    ],
    isCut: false,
  })
})

test('without a path the allowed folders are told, each once; those that are not there are left out', async () => {
  const { root } = stage({ '2/x': 1, '10/x': 1 })
  const [one, two] = [join(root, '2'), join(root, '10')]
  const { settings, stateDir } = rulesFor(one)
  const several = { ...settings, 'page-roots': [two, one, join(one, 'gone'), stateDir], 'receive-dir': `${two}/` }
  const { path, parent, entries } = await browse({ settings: several, stateDir }, undefined)
  assert.deepEqual([path, parent, entries.map((entry) => entry.path)], [null, null, [one, two]])
})

test('the way up ends at the allowed folders', async () => {
  const { root, rules } = stage({ 'a/b/x': 1 })
  assert.equal((await browse(rules, join(root, 'a/b'))).parent, join(root, 'a'))
  assert.equal((await browse(rules, join(root, 'a'))).parent, root)
  assert.equal((await browse(rules, root)).parent, null)
})

test('a link is followed below the allowed folders; one that leads out or to nothing is not shown', async () => {
  const { root, rules } = stage({ 'a/x': 1 })
  const elsewhere = stage({ secret: 1 }).root
  symlinkSync(join(root, 'a'), join(root, 'in'))
  symlinkSync(elsewhere, join(root, 'out'))
  symlinkSync(join(elsewhere, 'secret'), join(root, 'file'))
  symlinkSync(join(root, 'gone'), join(root, 'nothing'))
  const { entries } = await browse(rules, root)
  assert.deepEqual(
    entries.map(({ name, kind }) => [name, kind]),
    [
      ['a', 'folder'],
      ['in', 'folder'],
    ],
  )
  assert.equal((await browse(rules, join(root, 'in'))).path, join(root, 'a'))
  await assert.rejects(browse(rules, join(root, 'out')), { code: 'usage', message: /setting "page-roots"/ })
  await assert.rejects(allowedPath(rules, join(root, 'file')), { code: 'usage' })
})

test('whether something is there is not told of what may not be seen', async () => {
  const { root, rules } = stage({ file: 1 })
  const elsewhere = stage({ secret: 1 }).root
  const messages = await Promise.all(
    ['secret', 'nothing'].map((name) =>
      allowedPath(rules, join(elsewhere, name)).catch((error: Error) => error.message.replace(name, '')),
    ),
  )
  assert.equal(messages[0], messages[1])
  await assert.rejects(allowedPath(rules, join(root, 'nothing')), { code: 'not-found' })
  await assert.rejects(browse(rules, join(root, 'file')), { code: 'usage', message: /is a file/ })
})

test('a path that goes up, is relative or holds a NUL is refused, and so is a neighbour with a longer name', async () => {
  const { root: above } = stage({ 'root/a/x': 1, 'root-neighbour/x': 1 })
  const root = join(above, 'root')
  const rules = rulesFor(root)
  for (const path of [`${root}/..`, `${root}/a/../../..`, '/', 'a', '', '.', `${root}/a\0`, `${root}-neighbour`]) {
    await assert.rejects(browse(rules, path), { code: 'usage' }, path)
  }
  assert.equal((await browse(rules, `${root}/a/../a/.`)).path, join(root, 'a'))
})

test('of a folder with very many entries the first are told, and that there are more', async () => {
  const { root, rules } = stage()
  for (let n = MAX_ENTRIES; n >= 0; n--) writeFileSync(join(root, `${n}.txt`), '')
  mkdirSync(join(root, 'zoo'))
  const { entries, isCut } = await browse(rules, root)
  assert.deepEqual([entries.length, isCut], [MAX_ENTRIES, true])
  assert.deepEqual(
    entries.slice(0, 3).map(({ name }) => name),
    ['zoo', '0.txt', '1.txt'],
  )
})

test('a new folder is made where folders may be seen, by a plain name that is free', async () => {
  const { root, rules } = stage({ 'a/x': 1 })
  const elsewhere = stage().root
  symlinkSync(elsewhere, join(root, 'out'))
  assert.equal(await makeFolder(rules, join(root, 'a/new')), join(root, 'a/new'))
  assert.ok(statSync(join(root, 'a/new')).isDirectory())
  await assert.rejects(makeFolder(rules, join(root, 'a')), { code: 'exists', message: /choose another name/ })
  await assert.rejects(makeFolder(rules, join(root, 'b/c')), { code: 'not-found' })
  for (const path of [
    `${root}/..`,
    `${root}/a/..`,
    `${root}/.hidden`,
    `${root}/a\nb`,
    `${root}/out/x`,
    `${root}/\u202ex`,
    'x',
  ]) {
    await assert.rejects(makeFolder(rules, path), { code: 'usage' }, path)
  }
})

test('what is hidden below an allowed folder is neither shown nor read; an allowed folder may be hidden itself', async () => {
  const { root, rules } = stage({ '.ssh/key': 1, 'a/.git/x': 1, 'a/.env': 1, '.films/a/x': 1, 'a/b/x': 1 })
  for (const path of ['.ssh', '.ssh/key', 'a/.git', 'a/.git/x', 'a/.env', '.films/a']) {
    await assert.rejects(allowedPath(rules, join(root, path)), { code: 'usage', message: /hidden/ }, path)
  }
  // Nor is it told whether it is there, and no link leads to it.
  await assert.rejects(allowedPath(rules, join(root, '.gone')), { code: 'usage' })
  symlinkSync(join(root, '.ssh'), join(root, 'open'))
  await assert.rejects(allowedPath(rules, join(root, 'open/key')), { code: 'usage' })
  assert.deepEqual(
    (await browse(rules, root)).entries.map(({ name }) => name),
    ['a'],
  )
  const hidden = rulesFor(join(root, '.films'))
  assert.equal(await allowedPath(hidden, join(root, '.films/a')), join(root, '.films/a'))
})

test('the state folder is neither shown nor read, and nothing that holds it is given away', async () => {
  const { root } = stage({ 'a/shoal/token': 1, 'a/shoal-too/x': 1 })
  const [state, neighbour] = [join(root, 'a/shoal'), join(root, 'a/shoal-too')]
  const rules = rulesFor(root, state)
  for (const path of [state, join(state, 'token'), join(state, 'gone')]) {
    await assert.rejects(allowedPath(rules, path), { code: 'usage' }, path)
    await assert.rejects(allowedSources(rules, [path]), { code: 'usage' }, path)
  }
  const { entries } = await browse(rules, join(root, 'a'))
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['shoal-too'],
  )
  assert.deepEqual(await allowedSources(rules, [neighbour]), [neighbour])
  for (const path of [root, join(root, 'a')]) {
    assert.equal(await allowedPath(rules, path), path, 'it can be looked into')
    await assert.rejects(allowedSources(rules, [neighbour, path]), { code: 'usage', message: /keeps its keys/ })
  }
  // A folder for downloads in it, as of a service, is not of its own files.
  const service = rulesFor(neighbour, join(root, 'a'))
  assert.deepEqual(await allowedSources(service, [join(neighbour, 'x')]), [join(neighbour, 'x')])
  await assert.rejects(allowedPath(service, join(state, 'token')), { code: 'usage' })
})

test('over the API', async () => {
  const { root, rules } = stage({ 'a/x': 5 })
  await using it = await openDaemon(rules.settings)
  assert.deepEqual(await it.call('shoal_make_folder', { path: join(root, 'b') }), { path: join(root, 'b') })
  const { entries } = await it.call('shoal_browse', { path: root })
  assert.deepEqual(entries, [
    { name: 'a', path: join(root, 'a'), kind: 'folder', size_bytes: 0 },
    { name: 'b', path: join(root, 'b'), kind: 'folder', size_bytes: 0 },
  ])
  assert.match(JSON.stringify(await it.call('shoal_browse', { path: '/' })), /not below a folder that may be shown/)
})
