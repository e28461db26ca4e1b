// Folders of the machine where Shoal runs: to choose something to give away, or a place for what comes.
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import type { FolderEntry, FolderListing } from '../../daemon/rpc/page-types.ts'
import { Button } from '../parts/button.tsx'
import { Name, Notice } from '../parts/small.tsx'
import { sentenceOf } from '../state/api.ts'
import { words } from '../words/words.ts'
import { FolderEntries } from './folder-entries.tsx'
import { crumbsOf, joined, nameOf } from './folder-path.ts'
import { FolderState } from './folder-state.ts'
import { NewFolder } from './new-folder.tsx'

const text = words.share.browser

export interface FolderBrowserProps {
  /** 'folder': whichever is open is chosen; 'any': what is pressed, or the open folder by its own button. */
  readonly kind: 'folder' | 'any'
  /** The folder to begin with. */
  readonly start?: string | undefined
  /** Marked as chosen. */
  readonly chosen?: readonly string[]
  readonly onChoose: (path: string, kind: FolderEntry['kind']) => void
}

export function FolderBrowser({ kind, start, chosen = [], onChoose }: FolderBrowserProps): JSX.Element {
  const state = useMemo(() => new FolderState(), [])
  const opened = (): void => {
    const path = state.listing.peek()?.path ?? null
    if (kind === 'folder' && path !== null) onChoose(path, 'folder')
  }
  useEffect(() => {
    state
      .begin(start)
      .then(opened)
      .catch((error: unknown) => {
        state.problem.value = sentenceOf(error)
      })
    return () => state.close()
  }, [])
  const open = async (path: string | undefined): Promise<void> => {
    if (await state.open(path)) opened()
  }
  const make = async (name: string): Promise<void> => {
    const folder = state.listing.peek()?.path ?? null
    if (folder === null) return
    await state.make(joined(folder, name))
    opened()
  }
  const listing = state.listing.value
  const path = listing?.path ?? null
  return (
    <div class="folder-browser" role="group" aria-label={text.label}>
      <Crumbs path={path} roots={state.roots.value} onOpen={(to) => void open(to)} />
      {state.problem.value !== '' && <Notice kind="bad">{state.problem.value}</Notice>}
      <FolderEntries
        listing={listing}
        kind={kind}
        chosen={chosen}
        onOpen={(to) => void open(to)}
        onChoose={(entry) => onChoose(entry.path, entry.kind)}
      />
      <div class="below">
        {listing !== undefined && <Counts listing={listing} kind={kind} />}
        {path !== null && <NewFolder onMake={make} />}
        {path !== null && kind === 'any' && (
          <Button
            icon={chosen.includes(path) ? 'check' : 'folder'}
            isPressed={chosen.includes(path)}
            onPress={() => onChoose(path, 'folder')}
          >
            {text.chooseThis}
          </Button>
        )}
      </div>
    </div>
  )
}

interface CountsProps {
  readonly listing: FolderListing
  readonly kind: FolderBrowserProps['kind']
}

function Counts({ listing: { entries, isCut }, kind }: CountsProps): JSX.Element {
  const count = kind === 'any' ? entries.length : entries.filter((entry) => entry.kind === 'folder').length
  return <span class="quiet small counts">{isCut ? text.isCut(entries.length) : text.entries[kind](count)}</span>
}

interface CrumbsProps {
  /** null: above the outermost. */
  readonly path: string | null
  readonly roots: readonly string[]
  readonly onOpen: (path: string | undefined) => void
}

function Crumbs({ path, roots, onOpen }: CrumbsProps): JSX.Element {
  const crumbs = path === null ? [] : crumbsOf(path, roots)
  const shown = path !== null && crumbs.length === 0 ? [{ name: nameOf(path), path }] : crumbs
  return (
    <nav class="crumbs" aria-label={text.way}>
      <ol>
        <li>
          <button type="button" aria-current={path === null ? 'location' : undefined} onClick={() => onOpen(undefined)}>
            {text.places}
          </button>
        </li>
        {shown.map((crumb) => (
          <li key={crumb.path}>
            <button
              type="button"
              aria-current={crumb.path === path ? 'location' : undefined}
              onClick={() => onOpen(crumb.path)}
            >
              <Name text={crumb.name} />
            </button>
          </li>
        ))}
      </ol>
    </nav>
  )
}
