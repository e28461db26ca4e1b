// The one box at the top: a link or an info-hash is downloaded, words are searched for here, at trackers and at people. A
// combobox: the keyboard stays in the box, arrows go through what was found.
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { FoundRow, SearchSource } from '../../daemon/rpc/page-types.ts'
import { Icon } from '../parts/icon.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { openDialog } from '../state/dialogs.ts'
import { go } from '../state/route.ts'
import { torrents } from '../state/torrents.ts'
import { words } from '../words/words.ts'
import { ChooseTorrent } from './choose-torrent.tsx'
import { FoundList } from './found-list.tsx'
import { recognize } from './given.ts'
import { type Asked, type Asks, keysOf, type Option, optionGroups, searchAll } from './search.ts'
import { openTorrents } from './torrent-files.ts'

const text = words.download

/** After the last key. */
const PAUSE_MS = 250
/** A list below a box is not read further. */
const MOST_OF_EACH = 20
/** As the daemon takes. The box itself holds more: a link that is pasted after words is not to be cut. */
const MAX_CHARACTERS = 500

/** Kept when the reader goes elsewhere. */
const typed = signal('')
/** `undefined`: who may be asked is not known yet. */
const asked = signal<readonly Asked[] | undefined>(undefined)

const ASKS: Asks = {
  sources: async (signal) =>
    (await call<{ sources: readonly SearchSource[] }>('shoal_search_sources', {}, signal)).sources,
  find: async (source, wanted, signal) => {
    const params = { source, words: wanted, limit: MOST_OF_EACH }
    return (await call<{ found: readonly FoundRow[] }>('shoal_search', params, signal)).found
  },
}

export function SearchBox(): JSX.Element {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [isOpen, setIsOpen] = useState(false)
  /** Its key: what comes in meanwhile moves the options. */
  const [marked, setMarked] = useState<string>()
  const given = recognize(typed.value)
  const groups = isOpen ? optionGroups(given, torrents.value, asked.value ?? []) : []
  const options = groups.flatMap((group) => group.options)
  const keys = keysOf(options)
  const at = marked === undefined ? -1 : keys.indexOf(marked)
  const isShown = isOpen && given.kind !== 'nothing'
  const wanted = given.kind === 'words' && isOpen ? given.words.slice(0, MAX_CHARACTERS).toWellFormed() : ''

  useSearch(wanted)
  useShortcut(input)
  useEffect(() => setMarked(undefined), [typed.value])
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [at])

  const choose = (option: Option): void => {
    setIsOpen(false)
    if (option.kind === 'given') typed.value = ''
    take(option)
  }
  const enter = (): void => {
    const option = options[at] ?? (given.kind === 'words' ? undefined : options[0])
    if (option !== undefined) choose(option)
    else setIsOpen(true)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.isComposing) return
    if (step !== undefined) {
      setIsOpen(true)
      // One place more than there are options: the box itself.
      setMarked(keys[((at + 1 + step + options.length + 1) % (options.length + 1)) - 1])
    } else if (event.key === 'Enter') enter()
    else if (event.key === 'Escape' && isShown) setIsOpen(false)
    else if (event.key === 'Escape') typed.value = ''
    else return
    event.preventDefault()
  }
  const onFocusOut = ({ currentTarget, relatedTarget }: FocusEvent): void => {
    const isInside =
      currentTarget instanceof Node && relatedTarget instanceof Node && currentTarget.contains(relatedTarget)
    if (!isInside) setIsOpen(false)
  }
  return (
    <search class="search-box" onFocusOut={onFocusOut}>
      <Icon name="search" />
      <input
        ref={input}
        class="input"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        placeholder={text.box}
        aria-label={text.box}
        aria-keyshortcuts="Control+K"
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-activedescendant={at >= 0 && at < options.length ? `${id}-${at}` : undefined}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value
          setIsOpen(true)
        }}
        onClick={() => setIsOpen(true)}
        onKeyDown={onKeyDown}
      />
      <ChooseTorrent onChoose={openTorrents} />
      {isShown && (
        <FoundList
          id={id}
          groups={groups}
          asked={given.kind === 'words' ? asked.value : []}
          isSearch={given.kind === 'words'}
          at={at}
          onChoose={choose}
          onLeave={() => setIsOpen(false)}
        />
      )}
    </search>
  )
}

/** Asks all sources, a moment after the last key; whoever was asked before is not listened to any more. */
function useSearch(wanted: string): void {
  useEffect(() => {
    asked.value = undefined
    if (wanted === '') return undefined
    const ended = new AbortController()
    const begin = (): void => {
      searchAll(wanted, ASKS, ended.signal, (all) => {
        asked.value = all
      }).catch(tellError)
    }
    const timer = setTimeout(begin, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      ended.abort()
    }
  }, [wanted])
}

/** Ctrl+K, and / where nobody is typing. */
function useShortcut(input: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element && event.target.matches('input, textarea, select, [contenteditable]')
      const isCtrlK = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey
      const isSlash = event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey
      if (!(isCtrlK || isSlash) || document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

function take(option: Option): void {
  switch (option.kind) {
    case 'given':
      openDialog({ kind: 'download', source: option.given.source })
      return
    case 'here':
      go('torrents', option.torrent.hash_string)
      return
    case 'found':
      takeFound(option.source, option.row)
  }
}

function takeFound(source: SearchSource, row: FoundRow): void {
  if (row.hash_string !== null) openDialog({ kind: 'found', source: source.id, hash: row.hash_string })
  else if (row.path !== null) void getFromContact(source, row.path, row.name).catch(tellError)
}

async function getFromContact({ name: from }: SearchSource, path: string, name: string): Promise<void> {
  await call('shoal_get', { path, from: [from] })
  tell(text.getting(name), { label: text.show, onPress: () => go('people') })
}
