// The rows: a grid that works like a file manager's, by pointer and by keyboard.
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Menu, whenReleased } from '../parts/menu.tsx'
import { useWide } from '../parts/use-wide.ts'
import { WindowList } from '../parts/window-list.tsx'
import { rowsOfKey, scrollToRow } from '../parts/window-rows.ts'
import { openDialog } from '../state/dialogs.ts'
import { go, route } from '../state/route.ts'
import { torrentSignal } from '../state/torrents.ts'
import { column, isDescending, order, select, selection } from '../state/view.ts'
import { words } from '../words/words.ts'
import { isStopped, menuFor, question, start, stop, torrentsOf } from './actions.ts'
import { press, step } from './selection.ts'
import { type Column } from './torrent-order.ts'
import { TorrentRow } from './torrent-row.tsx'

const text = words.torrents
const HEAD_ID = 'torrents-head'
const SHOWN: readonly Column[] = ['name', 'size', 'progress', 'down', 'up', 'eta', 'ratio', 'peers']
/** As in torrents.css: one line of facts beside the name, or below it. */
const ROW = { wide: 48, narrow: 72 }

export function TorrentList({ opened }: { readonly opened: string | undefined }): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const [menuAt, setMenuAt] = useState<{ readonly x: number; readonly y: number }>()
  /** Of the last press: the click after it tells the kind of pointer in some browsers only. */
  const pointer = useRef('')
  const ids = order.value
  const { chosen, at } = selection.value
  const rowHeight = useWide() ? ROW.wide : ROW.narrow

  const open = (id: number): void => {
    const torrent = torrentSignal(id)?.peek()
    if (torrent === undefined) return
    if (torrent.is_undecided) openDialog({ kind: 'decide', hash: torrent.hash_string })
    else go('torrents', torrent.hash_string, ...tabOf(route.peek()))
  }
  const onPress = (id: number, event: MouseEvent): void => {
    const keys = { isToggle: event.ctrlKey || event.metaKey, isReach: event.shiftKey }
    select(press(selection.value, ids, id, keys))
    // Who looks at one torrent's details and presses another wants that one's; a finger has no double press.
    const isTouch = pointer.current === 'touch'
    if (!keys.isToggle && !keys.isReach && (opened !== undefined || isTouch)) open(id)
  }
  const onMenu = (id: number, event: MouseEvent): void => {
    event.preventDefault()
    if (!chosen.has(id)) select(press(selection.value, ids, id, { isToggle: false, isReach: false }))
    const at = { x: event.clientX, y: event.clientY }
    whenReleased(event, () => setMenuAt(at))
  }
  const moveBy = (by: number, isReach: boolean): void => {
    const next = step(selection.value, ids, by, isReach)
    select(next)
    const list = element.current
    if (list === null || next.at === undefined) return
    list.scrollTop = scrollToRow(ids.indexOf(next.at), list.scrollTop, list.clientHeight, rowHeight)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = rowsOfKey(event.key, element.current?.clientHeight ?? 0, rowHeight, ids.length)
    const torrents = torrentsOf(chosen)
    if (by !== undefined) moveBy(by, event.shiftKey)
    else if (event.key === 'Enter' && at !== undefined) open(at)
    else if (event.key === ' ' && torrents.length > 0) (torrents.some(isStopped) ? start : stop)(torrents)
    else if (event.key === 'Delete' && torrents.length > 0) question.value = { kind: 'remove', torrents }
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) select({ chosen: new Set(ids), at, from: at })
    else if (event.key === 'ContextMenu' && at !== undefined) {
      const { left = 0, bottom = 0 } = document.getElementById(`torrent-${at}`)?.getBoundingClientRect() ?? {}
      setMenuAt({ x: left + 40, y: bottom })
    } else return
    event.preventDefault()
  }
  return (
    <div class="torrent-grid">
      <HeadRow />
      <WindowList
        element={element}
        count={ids.length}
        rowHeight={rowHeight}
        attributes={{
          // What scrolls has the keyboard, and so has to be the grid: the head, which does not scroll, is its row from outside.
          role: 'grid',
          tabIndex: 0,
          'aria-label': text.list,
          'aria-owns': HEAD_ID,
          'aria-rowcount': ids.length + 1,
          'aria-multiselectable': true,
          'aria-activedescendant': at === undefined ? undefined : `torrent-${at}`,
          onKeyDown,
          onPointerDown: ({ pointerType }) => {
            pointer.current = pointerType
          },
        }}
        row={(index) => {
          const id = ids[index] ?? -1
          const torrent = torrentSignal(id)
          if (torrent === undefined) return null
          return (
            <TorrentRow
              key={id}
              torrent={torrent}
              index={index}
              rowHeight={rowHeight}
              isChosen={chosen.has(id)}
              isAt={at === id}
              onPress={onPress}
              onOpen={open}
              onMenu={onMenu}
            />
          )
        }}
      />
      {menuAt !== undefined && (
        <Menu entries={menuFor(torrentsOf(chosen))} at={menuAt} onClose={() => setMenuAt(undefined)} />
      )}
    </div>
  )
}

/** Who looks at the peers of one torrent wants to see those of the next. */
function tabOf([, , tab]: readonly string[]): readonly string[] {
  return tab === undefined ? [] : [tab]
}

function HeadRow(): JSX.Element {
  const sort = (key: Column): void => {
    isDescending.value = column.value === key ? !isDescending.value : key !== 'name'
    column.value = key
  }
  return (
    <div id={HEAD_ID} class="torrent-row head list-head" role="row" aria-rowindex={1}>
      {SHOWN.map((key) => {
        const isNow = column.value === key
        const direction = isDescending.value ? 'descending' : 'ascending'
        return (
          <div key={key} role="columnheader" class={`of-${key}`} aria-sort={isNow ? direction : 'none'}>
            <button type="button" onClick={() => sort(key)} title={text.sortBy(text.columns[key])}>
              {text.columns[key]}
              <span aria-hidden="true">{isNow ? (isDescending.value ? ' ↓' : ' ↑') : ''}</span>
            </button>
          </div>
        )
      })}
    </div>
  )
}
