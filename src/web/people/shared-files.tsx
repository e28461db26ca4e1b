// What somebody shares with us: folders to go through, words to search for, and what is being fetched of it.
import type { JSX } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import type { ContactRow, SharedRow } from '../../daemon/rpc/types.ts'
import { printSize } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Name } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { WindowList } from '../parts/window-list.tsx'
import { call, sentenceOf } from '../state/api.ts'
import { fetches } from '../state/live.ts'
import { words } from '../words/words.ts'
import { wordFor } from './contact-list.ts'
import { FetchList } from './fetch-list.tsx'
import { asFound, type FolderRow, foldersAround, inFolder } from './shared-folder.ts'

const text = words.folk
/** As many as are told at once (direct/shared-files.ts). */
const PAGE = 1_000
/** Who shares more is to be searched. */
const MAX_LOADED = 50_000
const ROW_HEIGHT = 48
const MOST_ROWS = 9

/** What has been told so far. */
interface Listed {
  readonly words: string
  readonly files: readonly SharedRow[]
  readonly isAll: boolean
}

export function SharedFiles({ contact }: { readonly contact: ContactRow }): JSX.Element {
  const [listed, setListed] = useState<Listed>()
  const [search, setSearch] = useState('')
  const [folder, setFolder] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const [wrong, setWrong] = useState('')

  const load = async (wanted: string, before?: Listed): Promise<void> => {
    setIsBusy(true)
    setWrong('')
    const known = before?.files ?? []
    const params = { contact: wordFor(contact), words: wanted, after: known.at(-1)?.path ?? '' }
    try {
      const { files } = await call<{ files: readonly SharedRow[] }>('shoal_ls', params)
      setListed({ words: wanted, files: [...known, ...files], isAll: files.length < PAGE })
      if (before === undefined) setFolder('')
    } catch (error) {
      setWrong(sentenceOf(error))
    }
    setIsBusy(false)
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    void load(search.trim())
  }
  const own = fetches.value.filter(({ from }) => from.includes(contact.name))
  return (
    <section class="card stack" aria-labelledby="shared-title" aria-busy={isBusy}>
      <div>
        <h3 id="shared-title">{text.shared}</h3>
        <p class="quiet small">{text.sharedHelp}</p>
      </div>
      {own.length > 0 && <FetchList rows={own} />}
      <form class="line shared-search" onSubmit={submit}>
        <input
          class="input grow"
          type="search"
          aria-label={text.searchShared}
          placeholder={text.searchShared}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <Button icon={search.trim() === '' ? 'folder' : 'search'} isSubmit isDisabled={isBusy}>
          {search.trim() === '' ? text.browse : text.searchButton}
        </Button>
      </form>
      {wrong !== '' && (
        <p class="shared-wrong break" role="alert">
          {printable(wrong)}
        </p>
      )}
      {listed !== undefined && <Files contact={contact} listed={listed} folder={folder} onFolder={setFolder} />}
      {listed !== undefined && !listed.isAll && (
        <div class="line">
          <span class="quiet small grow">{text.loaded(listed.files.length)}</span>
          {listed.files.length < MAX_LOADED ? (
            <Button onPress={() => void load(listed.words, listed)} isDisabled={isBusy}>
              {text.moreFiles}
            </Button>
          ) : (
            <span class="quiet small">{text.mostLoaded}</span>
          )}
        </div>
      )}
    </section>
  )
}

interface FilesProps {
  readonly contact: ContactRow
  readonly listed: Listed
  readonly folder: string
  readonly onFolder: (folder: string) => void
}

function Files({ contact, listed, folder, onFolder }: FilesProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const { files, words: wanted } = listed
  const rows = useMemo(() => (wanted === '' ? inFolder(files, folder) : asFound(files)), [files, wanted, folder])
  if (files.length === 0) {
    return (
      <p class="quiet" role="status">
        {wanted === '' ? text.nothingShared : text.nothingFound}
      </p>
    )
  }
  const open = (path: string): void => {
    onFolder(path)
    element.current?.scrollTo(0, 0)
  }
  return (
    <>
      {wanted === '' && <Around folder={folder} onFolder={open} />}
      <div class="shared-list" style={{ height: `${Math.min(MOST_ROWS, rows.length) * ROW_HEIGHT + 2}px` }}>
        <WindowList
          element={element}
          count={rows.length}
          rowHeight={ROW_HEIGHT}
          attributes={{ role: 'list', 'aria-label': text.shared, tabIndex: 0 }}
          row={(index) => {
            const row = rows[index]
            if (row === undefined) return null
            return (
              <div
                key={row.path}
                role="listitem"
                class="shared-row"
                style={{ top: `${index * ROW_HEIGHT}px`, height: `${ROW_HEIGHT}px` }}
              >
                <SharedItem row={row} contact={contact} onFolder={open} />
              </div>
            )
          }}
        />
      </div>
    </>
  )
}

function Around({ folder, onFolder }: Pick<FilesProps, 'folder' | 'onFolder'>): JSX.Element {
  return (
    <div class="line around" role="group" aria-label={text.place}>
      <Button kind="bare" onPress={() => onFolder('')}>
        {text.topFolder}
      </Button>
      {foldersAround(folder).map(({ name, path }) => (
        <Button key={path} kind="bare" onPress={() => onFolder(path)}>
          <span aria-hidden="true">›</span>
          <Name text={name} />
        </Button>
      ))}
    </div>
  )
}

interface SharedItemProps {
  readonly row: FolderRow
  readonly contact: ContactRow
  readonly onFolder: (path: string) => void
}

function SharedItem({ row, contact, onFolder }: SharedItemProps): JSX.Element {
  const { kind, name, path, size, files } = row
  const [isBusy, setIsBusy] = useState(false)
  const get = async (): Promise<void> => {
    setIsBusy(true)
    try {
      await call('shoal_get', { path, from: [wordFor(contact)] })
      tell(text.began(name))
    } catch (error) {
      tellError(error)
    }
    setIsBusy(false)
  }
  return (
    <>
      {kind === 'folder' ? (
        <button type="button" class="shared-name" onClick={() => onFolder(path)}>
          <Icon name="folder" />
          <Name text={name} />
        </button>
      ) : (
        <span class="shared-name">
          <Icon name="file" />
          <Name text={name} />
        </span>
      )}
      <span class="quiet small number">
        {kind === 'folder' ? `${words.files(files)}, ` : ''}
        {printSize(size)}
      </span>
      <button
        type="button"
        class="button"
        aria-label={text.getOne(printable(name))}
        disabled={isBusy}
        onClick={() => void get()}
      >
        <Icon name="download" />
        {text.get}
      </button>
    </>
  )
}
