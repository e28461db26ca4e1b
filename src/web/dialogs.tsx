// The dialog that is open, if one is. Each is fetched when it is first wanted.
import type { JSX } from 'preact'
import { waiting } from './download/torrent-files.ts'
import { lazy } from './parts/lazy.tsx'
import { closeDialog, dialog } from './state/dialogs.ts'

const DownloadDialog = lazy(async () => (await import('./download/download-dialog.tsx')).DownloadDialog, giveUp)
const ShareDialog = lazy(async () => (await import('./share/share-dialog.tsx')).ShareDialog, giveUp)
const SharedDialog = lazy(async () => (await import('./share/shared-dialog.tsx')).SharedDialog, giveUp)
const SendDialog = lazy(async () => (await import('./people/send-dialog.tsx')).SendDialog, giveUp)
const PlayDialog = lazy(async () => (await import('./play/play-dialog.tsx')).PlayDialog, giveUp)

/** What is not there is not open: pressing again tries again. A row of files would fail one after the other. */
function giveUp(): void {
  waiting.value = []
  closeDialog()
}

/** The same each time: dialogs look anew when it is another. */
const NONE = [] as const

export function OpenDialog(): JSX.Element | null {
  const open = dialog.value
  switch (open?.kind) {
    case 'download':
    case 'decide':
    case 'found':
      return <DownloadDialog wanted={open} />
    case 'share':
      return <ShareDialog files={open.files ?? NONE} />
    case 'shared':
      return <SharedDialog hash={open.hash} />
    case 'send':
      return <SendDialog to={open.to} files={open.files ?? NONE} paths={open.paths ?? NONE} />
    case 'play':
      return <PlayDialog hash={open.hash} file={open.file} />
    case undefined:
      return null
  }
}
