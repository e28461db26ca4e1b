// What is in a folder: a list box of any length, by pointer, finger and keyboard.
import type { JSX } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { FolderEntry, FolderListing } from '../../daemon/rpc/page-types.ts'
import { printSize } from '../format.ts'
import { Icon } from '../parts/icon.tsx'
import { Name } from '../parts/small.tsx'
import { WindowList } from '../parts/window-list.tsx'
import { rowsOfKey, scrollToRow } from '../parts/window-rows.ts'
import { words } from '../words/words.ts'
import { nameOf } from './folder-path.ts'

const text = words.share.browser
/** As in share.css; a finger's width. */
const ROW_HEIGHT = 44

interface FolderEntriesProps {
  /** `undefined`: not there yet. */
  readonly listing: FolderListing | undefined
  readonly kind: 'folder' | 'any'
  readonly chosen: readonly string[]
  /** A folder; `undefined`: the outermost ones. */
  readonly onOpen: (path: string | undefined) => void
  readonly onChoose: (entry: FolderEntry) => void
}

export function FolderEntries({ listing, kind, chosen, onOpen, onChoose }: FolderEntriesProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const id = useId()
  const [at, setAt] = useState(0)
  const before = useRef<string | null>(null)
  const entries = (listing?.entries ?? []).filter((entry) => kind === 'any' || entry.kind === 'folder')

  const moveTo = (index: number): void => {
    const next = Math.max(0, Math.min(entries.length - 1, index))
    setAt(next)
    const list = element.current
    if (list !== null) list.scrollTop = scrollToRow(next, list.scrollTop, list.clientHeight, ROW_HEIGHT)
  }
  useEffect(() => {
    // After the way up, at the folder that was left.
    const left = entries.findIndex(({ path }) => path === before.current)
    before.current = listing?.path ?? null
    if (element.current !== null) element.current.scrollTop = 0
    moveTo(Math.max(0, left))
  }, [listing])

  const press = (entry: FolderEntry): void => {
    if (entry.kind === 'folder') onOpen(entry.path)
    else onChoose(entry)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = rowsOfKey(event.key, element.current?.clientHeight ?? 0, ROW_HEIGHT, entries.length)
    const entry = entries[at]
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (by !== undefined) moveTo(at + by)
    else if (event.key === 'Enter' || event.key === 'ArrowRight') {
      if (entry !== undefined && (event.key === 'Enter' || entry.kind === 'folder')) press(entry)
    } else if (event.key === ' ') {
      if (entry !== undefined) (kind === 'any' ? onChoose : press)(entry)
    } else if (event.key === 'Backspace' || event.key === 'ArrowLeft') {
      if (listing !== undefined && listing.path !== null) onOpen(listing.parent ?? undefined)
    } else if (event.key.length === 1) moveTo(entryBeginningWith(entries, event.key, at))
    else return
    event.preventDefault()
  }
  return (
    <div class="folder-list">
      <WindowList
        element={element}
        count={entries.length}
        rowHeight={ROW_HEIGHT}
        attributes={{
          role: 'listbox',
          tabIndex: 0,
          'aria-label': text.list,
          'aria-activedescendant': entries.length === 0 ? undefined : `${id}-${at}`,
          'aria-busy': listing === undefined,
          onKeyDown,
        }}
        row={(index) => {
          const entry = entries[index]
          if (entry === undefined) return null
          return (
            <div
              key={entry.path}
              id={`${id}-${index}`}
              role="option"
              class={index === at ? 'at folder-entry keyboard' : 'at folder-entry'}
              aria-selected={chosen.includes(entry.path)}
              aria-posinset={index + 1}
              aria-setsize={entries.length}
              style={{ top: `${index * ROW_HEIGHT}px` }}
              onClick={() => {
                setAt(index)
                press(entry)
              }}
            >
              <Icon name={chosen.includes(entry.path) ? 'check' : entry.kind} />
              {listing?.path === null ? <Root path={entry.path} /> : <Name text={entry.name} />}
              {entry.kind === 'folder' ? (
                <Icon name="next" />
              ) : (
                <span class="quiet small number">{printSize(entry.size_bytes)}</span>
              )}
            </div>
          )
        }}
      />
      {entries.length === 0 && (
        <p class="quiet nothing">{listing === undefined ? words.loading : text.nothing[kind]}</p>
      )}
    </div>
  )
}

function Root({ path }: { readonly path: string }): JSX.Element {
  return (
    <span class="root">
      <Name text={nameOf(path)} />
      <span class="quiet small cut">
        <Name text={path} />
      </span>
    </span>
  )
}

/** The next after the one where the keyboard is; that one if there is none. */
function entryBeginningWith(entries: readonly FolderEntry[], key: string, at: number): number {
  const letter = key.toLowerCase()
  const isIt = ({ name }: FolderEntry): boolean => nameOf(name).toLowerCase().startsWith(letter)
  const after = entries.findIndex((entry, n) => n > at && isIt(entry))
  const first = after >= 0 ? after : entries.findIndex(isIt)
  return first >= 0 ? first : at
}
