// Files dropped anywhere on the page: a .torrent is downloaded, anything else is shared. Elements with their own onDrop (a
// person) come first.
import type { ComponentChildren, JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Icon } from './parts/icon.tsx'
import { tellError } from './parts/toast.tsx'
import { droppedFiles } from './share/dropped-files.ts'
import { openDialog } from './state/dialogs.ts'
import { words } from './words/words.ts'

export const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true

export function DropTarget({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [isOver, setIsOver] = useState(false)
  /** Entering a child comes before leaving its parent. */
  const depth = useRef(0)
  const move = (event: DragEvent, step: 1 | -1): void => {
    if (!hasFiles(event)) return
    depth.current += step
    setIsOver(depth.current > 0)
  }
  const over = (event: DragEvent): void => {
    if (hasFiles(event)) event.preventDefault()
  }
  const drop = async (event: DragEvent): Promise<void> => {
    depth.current = 0
    setIsOver(false)
    if (event.defaultPrevented || event.dataTransfer === null || !hasFiles(event)) return
    event.preventDefault()
    const files = await droppedFiles(event.dataTransfer)
    const [first] = files
    if (first === undefined) return
    const isTorrent = files.length === 1 && first.file.name.toLowerCase().endsWith('.torrent')
    openDialog(isTorrent ? { kind: 'download', torrent: first.file } : { kind: 'share', files })
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
