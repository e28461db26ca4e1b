// Files dropped anywhere on the page: .torrent files are downloaded, anything else is shared; a dialog that is open takes them
// if it can. Elements with their own onDrop (a person) come first.
import type { ComponentChildren, JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { isTorrentFile, openTorrents } from './download/torrent-files.ts'
import { Icon } from './parts/icon.tsx'
import { tellError } from './parts/toast.tsx'
import { takerOfDrops } from './parts/use-drops.ts'
import { droppedFiles } from './share/dropped-files.ts'
import { type ChosenFile, openDialog } from './state/dialogs.ts'
import { words } from './words/words.ts'

export const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true

function beginWith(files: readonly ChosenFile[]): void {
  if (files.every(({ file }) => isTorrentFile(file))) openTorrents(files.map(({ file }) => file))
  else openDialog({ kind: 'share', files })
}

export function DropTarget({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [isOver, setIsOver] = useState(false)
  /** Entering a child comes before leaving its parent. */
  const depth = useRef(0)
  const move = (event: DragEvent, step: 1 | -1): void => {
    if (!hasFiles(event)) return
    depth.current += step
    // The hint lies below dialogs; one that takes files says so itself.
    setIsOver(depth.current > 0 && takerOfDrops(beginWith) === beginWith)
  }
  const over = (event: DragEvent): void => {
    if (event.defaultPrevented || event.dataTransfer === null || !hasFiles(event)) return
    // Also where nobody takes them: the browser would leave the page, and show the file.
    event.preventDefault()
    if (takerOfDrops(beginWith) === undefined) event.dataTransfer.dropEffect = 'none'
  }
  const drop = async (event: DragEvent): Promise<void> => {
    depth.current = 0
    setIsOver(false)
    if (event.defaultPrevented || event.dataTransfer === null || !hasFiles(event)) return
    event.preventDefault()
    const take = takerOfDrops(beginWith)
    if (take === undefined) return
    const files = await droppedFiles(event.dataTransfer)
    if (files.length > 0) take(files)
  }
  return (
    <div
      class="drop-target"
      onDragEnter={(event) => move(event, 1)}
      onDragLeave={(event) => move(event, -1)}
      onDragOver={over}
      onDrop={(event) => void drop(event).catch(tellError)}
    >
      {children}
      {isOver && (
        <div class="drop-hint">
          <Icon name="upload" />
          <span>{words.frame.dropHere}</span>
        </div>
      )}
    </div>
  )
}
