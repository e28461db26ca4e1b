// Flat paths as a tree of folders.
import assert from 'node:assert/strict'
import test from 'node:test'
import {
  buildTree,
  countWanted,
  filesBelow,
  firstOpen,
  parentRow,
  shareWanted,
  type TreeFile,
  type TreeNode,
  visibleRows,
} from '../../src/web/parts/file-tree.ts'

const files = (...paths: readonly string[]): TreeFile[] => paths.map((path, n) => ({ path, length: n + 1 }))

/** Names of all rows with everything open, and how deep they are. */
function allRows(given: readonly TreeFile[], words = ''): string[] {
  return visibleRows(buildTree(given, words), () => true).map(({ node }) => ' '.repeat(node.depth) + node.name)
}

test('folders come before files, and 2 before 10, in any case', () => {
  const rows = allRows(files('top/10.txt', 'top/2.txt', 'top/b/x', 'top/Alpha.txt', 'top/a/y', 'top/alpha 3.txt'))
  assert.deepEqual(rows, ['top', ' a', '  y', ' b', '  x', ' 2.txt', ' 10.txt', ' alpha 3.txt', ' Alpha.txt'])
})

test('a folder knows its files by their numbers, and their sum', () => {
  const tree = buildTree(files('top/b/2', 'top/a', 'top/b/1'))
  const [top] = tree.nodes
  assert.ok(top?.kind === 'folder')
  assert.equal(top.length, 6)
  assert.deepEqual(filesBelow(tree, top), [2, 0, 1])
  const [b] = top.children
  assert.ok(b !== undefined)
  assert.deepEqual([b.length, filesBelow(tree, b)], [4, [2, 0]])
})

test('only rows of open folders are seen; folders around everything are open at first', () => {
  const tree = buildTree(files('top/in/a/1', 'top/in/a/2', 'top/in/b'))
  const open = firstOpen(tree)
  assert.deepEqual([...open], ['top/', 'top/in/'])
  const rows = visibleRows(tree, ({ path }) => open.has(path))
  assert.deepEqual(
    rows.map(({ node, position, siblings }) => [node.path, position, siblings]),
    [
      ['top/', 1, 1],
      ['top/in/', 1, 1],
      ['top/in/a/', 1, 2],
      ['top/in/b', 2, 2],
    ],
  )
  assert.deepEqual([parentRow(rows, 3), parentRow(rows, 1), parentRow(rows, 0)], [1, 0, 0])
})

test('a folder is wanted as a whole, not at all, or in part', () => {
  const tree = buildTree(files('a/1', 'a/2', 'b/3', 'c/4'))
  const counts = countWanted(tree, (file) => file === 0 || file === 2)
  assert.deepEqual(
    tree.nodes.map((node) => shareWanted(counts, node)),
    ['some', 'all', 'none'],
  )
})

test('words leave the files whose paths have all of them, with their own numbers', () => {
  const given = files('Films/One/film.mkv', 'Films/One/film.srt', 'Films/Two/film.mkv')
  assert.deepEqual(allRows(given, 'ONE mkv'), ['Films', ' One', '  film.mkv'])
  assert.deepEqual(buildTree(given, 'two').order, [2])
  assert.deepEqual(buildTree(given, 'nothing').nodes, [])
})

test('padding is no file that anybody chooses', () => {
  assert.deepEqual(allRows(files('top/a', 'top/.pad/123', 'top/b', '.pad/9')), ['top', ' a', ' b'])
})

test('hostile paths stay a tree: names of objects, empty names, a million folders', () => {
  const deep = Array.from({ length: 1_000_000 }, () => 'x').join('/')
  const tree = buildTree(files('__proto__/constructor', 'a//b', '/c', deep))
  let depth = 0
  const visit = (nodes: readonly TreeNode[]): void => {
    for (const node of nodes) {
      depth = Math.max(depth, node.depth)
      if (node.kind === 'folder') visit(node.children)
    }
  }
  visit(tree.nodes)
  assert.equal(depth, 32)
  assert.deepEqual(
    [...tree.order].sort((a, b) => a - b),
    [0, 1, 2, 3],
  )
})

test('20,000 files keep their order and sums', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => ({ path: `top/${n % 100}/${n}.bin`, length: 1 }))
  const tree = buildTree(many)
  assert.equal(tree.nodes[0]?.length, 20_000)
  assert.equal(visibleRows(tree, () => true).length, 1 + 100 + 20_000)
  assert.deepEqual(tree.order.slice(0, 3), [0, 100, 200])
})
