// Files in their folders, with a box before each: what is wanted. A grid with levels, by pointer and by keyboard; of 20,000
// files only those near the window are in the page. As high as what it is in.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import { printSize } from '../format.ts'
import {
  buildTree,
  countWanted,
  filesBelow,
  firstOpen,
  parentRow,
  shareWanted,
  type TreeFile,
  type TreeFolder,
  type TreeRow,
  visibleRows,
} from './file-tree.ts'
import { Icon } from './icon.tsx'
import { Name } from './small.tsx'
import { WindowList } from './window-list.tsx'
import { rowsOfKey, scrollToRow } from './window-rows.ts'

export interface FileTreeProps {
  /** For screen readers. */
  readonly label: string
  readonly files: readonly TreeFile[]
  readonly isWanted: (file: number) => boolean
  readonly onWant: (files: readonly number[], isWanted: boolean) => void
  /** Beside the size: of one file, or of all below a folder. `path`: without a slash at its end. */
  readonly extra?: ((files: readonly number[], isFolder: boolean, path: string) => ComponentChildren) | undefined
  /** Only files whose paths have these words; all folders are open then. */
  readonly words?: string | undefined
  /** Enter, or pressed twice, on a file. */
  readonly onOpen?: ((file: number) => void) | undefined
}

const COARSE = matchMedia('(pointer: coarse)')
/** As --touch: a finger needs more. */
const rowHeightNow = (): number => (COARSE.matches ? 44 : 36)
/** Deeper folders are shown no further to the right: names would have no room. */
const MAX_INDENT = 8

export function FileTree({ label, files, isWanted, onWant, extra, words = '', onOpen }: FileTreeProps): JSX.Element {
  const id = useId()
  const element = useRef<HTMLDivElement>(null)
  const [rowHeight, setRowHeight] = useState(rowHeightNow)
  const [at, setAt] = useState(0)
  const tree = useMemo(() => buildTree(files, words), [files, words])
  const [open, setOpen] = useState<ReadonlySet<string>>(() => firstOpen(tree))
  const isOpen = ({ path }: TreeFolder): boolean => words !== '' || open.has(path)
  const rows = useMemo(() => visibleRows(tree, isOpen), [tree, open, words])
  const wanted = countWanted(tree, isWanted)

  useEffect(() => {
    const look = (): void => setRowHeight(rowHeightNow())
    COARSE.addEventListener('change', look)
    return () => COARSE.removeEventListener('change', look)
  }, [])
  useEffect(() => {
    // They were not known when this was first drawn.
    setOpen((before) => (before.size === 0 ? firstOpen(tree) : before))
  }, [tree])

  const current = Math.min(at, Math.max(0, rows.length - 1))
  const setIsOpen = (folder: TreeFolder, willBeOpen: boolean): void => {
    const next = new Set(open)
    if (willBeOpen) next.add(folder.path)
    else next.delete(folder.path)
    setOpen(next)
  }
  const toggle = ({ node }: TreeRow): void => onWant(filesBelow(tree, node), shareWanted(wanted, node) !== 'all')
  const goTo = (row: number): void => {
    const list = element.current
    const next = Math.max(0, Math.min(rows.length - 1, row))
    setAt(next)
    if (list !== null) list.scrollTop = scrollToRow(next, list.scrollTop, list.clientHeight, rowHeight)
  }
  const sideways = (row: TreeRow, way: 'in' | 'out'): void => {
    const { node } = row
    const isFolderOpen = node.kind === 'folder' && isOpen(node)
    if (way === 'out') {
      if (isFolderOpen && words === '') setIsOpen(node, false)
      else goTo(parentRow(rows, current))
    } else if (isFolderOpen) goTo(current + 1)
    else if (node.kind === 'folder') setIsOpen(node, true)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    // Buttons and menus inside have keys of their own.
    if (event.target !== element.current || event.ctrlKey || event.metaKey || event.altKey) return
    const row = rows[current]
    if (row === undefined) return
    const step = rowsOfKey(event.key, element.current?.clientHeight ?? 0, rowHeight, rows.length)
    if (step !== undefined) goTo(current + step)
    else if (event.key === 'ArrowRight') sideways(row, 'in')
    else if (event.key === 'ArrowLeft') sideways(row, 'out')
    else if (event.key === ' ') toggle(row)
    else if (event.key === 'Enter' && row.node.kind === 'folder') setIsOpen(row.node, !isOpen(row.node))
    else if (event.key === 'Enter' && row.node.kind === 'file' && onOpen !== undefined) onOpen(row.node.file)
    else return
    event.preventDefault()
  }
  const press = (index: number, row: TreeRow, event: MouseEvent): void => {
    setAt(index)
    if (event.target instanceof Element && event.target.closest('input, button, a, select') !== null) return
    if (row.node.kind === 'folder') setIsOpen(row.node, !isOpen(row.node))
  }

  return (
    <div class="file-tree">
      <WindowList
        element={element}
        count={rows.length}
        rowHeight={rowHeight}
        attributes={{
          role: 'treegrid',
          tabIndex: 0,
          'aria-label': label,
          'aria-rowcount': rows.length,
          'aria-multiselectable': true,
          'aria-activedescendant': rows.length === 0 ? undefined : `${id}-${current}`,
          onKeyDown,
        }}
        row={(index) => {
          const row = rows[index]
          if (row === undefined) return null
          const { node } = row
          const share = shareWanted(wanted, node)
          const name = printable(node.name)
          return (
            <div
              key={node.path}
              id={`${id}-${index}`}
              class={index === current ? 'file-row at-keyboard' : 'file-row'}
              role="row"
              aria-level={node.depth + 1}
              aria-posinset={row.position}
              aria-setsize={row.siblings}
              aria-rowindex={index + 1}
              aria-expanded={node.kind === 'folder' ? isOpen(node) : undefined}
              aria-selected={share !== 'none'}
              style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
              onClick={(event) => press(index, row, event)}
              onDblClick={() => node.kind === 'file' && onOpen?.(node.file)}
            >
              <div role="gridcell" class={`of-file depth-${Math.min(node.depth, MAX_INDENT)}`}>
                <span class={node.kind === 'folder' && isOpen(node) ? 'twist open' : 'twist'}>
                  {node.kind === 'folder' && <Icon name="next" />}
                </span>
                <label class="box">
                  <input
                    type="checkbox"
                    // The rows are gone through by arrows, and Space stands for it.
                    tabIndex={-1}
                    aria-label={name}
                    checked={share === 'all'}
                    ref={(box) => {
                      if (box !== null) box.indeterminate = share === 'some'
                    }}
                    onChange={() => toggle(row)}
                  />
                </label>
                <Icon name={node.kind === 'folder' ? 'folder' : 'file'} />
                <Name text={node.name} />
              </div>
              {extra !== undefined && (
                <div role="gridcell" class="of-extra">
                  {extra(filesBelow(tree, node), node.kind === 'folder', node.path.replace(/\/$/, ''))}
                </div>
              )}
              <div role="gridcell" class="of-length number quiet">
                {printSize(node.length)}
              </div>
            </div>
          )
        }}
      />
    </div>
  )
}
