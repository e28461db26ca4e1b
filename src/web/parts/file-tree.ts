// The files of a torrent as folders: from flat paths to the rows that are seen. Pure; file-tree.tsx draws it.

export interface TreeFile {
  /** With `/`. */
  readonly path: string
  readonly length: number
}

export interface TreeFolder {
  readonly kind: 'folder'
  readonly name: string
  /** Which one it is, for what is open. */
  readonly path: string
  /** Of all files below. */
  readonly length: number
  readonly depth: number
  /** Its files are `order` from `first` to before `end`. */
  readonly first: number
  readonly end: number
  readonly children: readonly TreeNode[]
}

export interface TreeLeaf {
  readonly kind: 'file'
  readonly name: string
  readonly path: string
  readonly length: number
  readonly depth: number
  readonly first: number
  readonly end: number
  /** Its number in the torrent. */
  readonly file: number
}

export type TreeNode = TreeFolder | TreeLeaf

export interface FileTree {
  readonly nodes: readonly TreeNode[]
  /** Numbers of files as they stand in the tree. */
  readonly order: readonly number[]
}

export interface TreeRow {
  readonly node: TreeNode
  /** Its place among its siblings, from 1, and how many they are. */
  readonly position: number
  readonly siblings: number
}

/** Folders below that are part of a file's name: a path of strangers may have a million of them. */
const MAX_DEPTH = 32
/** BEP 47: nobody chooses, sees or needs them. */
const PADDING = /(?:^|\/)\.pad\/\d+$/

const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** A folder while it is filled. */
interface Filling {
  readonly folders: Map<string, Filling>
  readonly files: { readonly name: string; readonly file: number }[]
}

/** `words`: only files whose paths have all of them, in any order and case. Folders come before files, 2 before 10. */
export function buildTree(files: readonly TreeFile[], words = ''): FileTree {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const top: Filling = { folders: new Map(), files: [] }
  files.forEach(({ path }, file) => {
    const low = wanted.length === 0 ? '' : path.toLowerCase()
    if (PADDING.test(path) || !wanted.every((word) => low.includes(word))) return
    let folder = top
    let begin = 0
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const slash = path.indexOf('/', begin)
      if (slash < 0) break
      folder = folderIn(folder, path.slice(begin, slash))
      begin = slash + 1
    }
    folder.files.push({ name: path.slice(begin), file })
  })
  const order: number[] = []
  return { nodes: finish(top, files, order, '', 0), order }
}

function folderIn({ folders }: Filling, name: string): Filling {
  let found = folders.get(name)
  if (found === undefined) folders.set(name, (found = { folders: new Map(), files: [] }))
  return found
}

/** At most MAX_DEPTH deep. */
function finish(
  filling: Filling,
  files: readonly TreeFile[],
  order: number[],
  path: string,
  depth: number,
): TreeNode[] {
  const folders = [...filling.folders].sort(([a], [b]) => compare(a, b))
  const leaves = filling.files.sort((a, b) => compare(a.name, b.name) || a.file - b.file)
  return [
    ...folders.map(([name, inside]): TreeFolder => {
      const first = order.length
      const own = `${path}${name}/`
      const children = finish(inside, files, order, own, depth + 1)
      const length = children.reduce((sum, child) => sum + child.length, 0)
      return { kind: 'folder', name, path: own, length, depth, first, end: order.length, children }
    }),
    ...leaves.map(({ name, file }): TreeLeaf => {
      const first = order.push(file) - 1
      return {
        kind: 'file',
        name,
        path: path + name,
        length: files[file]?.length ?? 0,
        depth,
        first,
        end: first + 1,
        file,
      }
    }),
  ]
}

/** Rows of what is open, from top to bottom. */
export function visibleRows({ nodes }: FileTree, isOpen: (folder: TreeFolder) => boolean): TreeRow[] {
  const rows: TreeRow[] = []
  const add = (children: readonly TreeNode[]): void => {
    children.forEach((node, n) => {
      rows.push({ node, position: n + 1, siblings: children.length })
      if (node.kind === 'folder' && isOpen(node)) add(node.children)
    })
  }
  add(nodes)
  return rows
}

/** Folders that are open at first: those around everything, of which there is no other to choose. */
export function firstOpen({ nodes }: FileTree): Set<string> {
  const open = new Set<string>()
  let level = nodes
  for (;;) {
    const [only] = level
    if (level.length !== 1 || only?.kind !== 'folder') return open
    open.add(only.path)
    level = only.children
  }
}

export function filesBelow({ order }: FileTree, { first, end }: TreeNode): readonly number[] {
  return order.slice(first, end)
}

/** How many of the first n files of `order` are wanted: so that each folder's share is one subtraction. */
export function countWanted({ order }: FileTree, isWanted: (file: number) => boolean): Uint32Array {
  const counts = new Uint32Array(order.length + 1)
  let count = 0
  for (let n = 0; n < order.length; n++) {
    if (isWanted(order[n] ?? -1)) count++
    counts[n + 1] = count
  }
  return counts
}

export function shareWanted(counts: Uint32Array, { first, end }: TreeNode): 'all' | 'none' | 'some' {
  const wanted = (counts[end] ?? 0) - (counts[first] ?? 0)
  if (wanted === 0) return 'none'
  return wanted === end - first ? 'all' : 'some'
}

/** Where a row's folder stands, for the way up; the row itself at the top. */
export function parentRow(rows: readonly TreeRow[], row: number): number {
  const depth = rows[row]?.node.depth ?? 0
  for (let n = row - 1; n >= 0; n--) if ((rows[n]?.node.depth ?? 0) < depth) return n
  return row
}
