// Files of the device that shows this page: chosen, or dropped. They are listed before they are sent.
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { hasFiles } from '../drop-target.tsx'
import { printSize } from '../format.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Name } from '../parts/small.tsx'
import { tellError, tellProblem } from '../parts/toast.tsx'
import { WindowList } from '../parts/window-list.tsx'
import type { ChosenFile } from '../state/dialogs.ts'
import { words } from '../words/words.ts'
import { chosenFiles, droppedFiles, MAX_FILES } from './dropped-files.ts'

const text = words.share
/** As in share.css. */
const ROW_HEIGHT = 40

interface DeviceFilesProps {
  readonly files: readonly ChosenFile[]
  readonly onChange: (files: readonly ChosenFile[]) => void
}

/** One of a name: the last one chosen. */
export function addTo(files: readonly ChosenFile[], more: readonly ChosenFile[]): ChosenFile[] {
  const byPath = new Map([...files, ...more].map((one) => [one.path, one]))
  if (byPath.size > MAX_FILES) tellProblem(text.tooMany(MAX_FILES))
  return [...byPath.values()].slice(0, MAX_FILES)
}

export function DeviceFiles({ files, onChange }: DeviceFilesProps): JSX.Element {
  const [isOver, setIsOver] = useState(false)
  const list = useRef<HTMLDivElement>(null)
  const add = (more: readonly ChosenFile[]): void => onChange(addTo(files, more))
  const drop = async (event: DragEvent): Promise<void> => {
    if (event.dataTransfer === null || !hasFiles(event)) return
    // Else the page would take it for the beginning of something new.
    event.preventDefault()
    setIsOver(false)
    add(await droppedFiles(event.dataTransfer))
  }
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0)
  return (
    <div
      class={isOver ? 'device-files over' : 'device-files'}
      onDragOver={(event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setIsOver(true)
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => void drop(event).catch(tellError)}
    >
      {files.length === 0 && (
        <p class="drop-here quiet">
          <Icon name="upload" />
          {text.dropHere}
        </p>
      )}
      <div class="line choosers">
        <ChooseButton label={text.chooseSome} icon="file" isFolder={false} onChoose={add} />
        <ChooseButton label={text.chooseFolder} icon="folder" isFolder onChoose={add} />
        {files.length > 0 && (
          <>
            <strong class="grow number" role="status">
              {words.files(files.length)}, {printSize(totalBytes)}
            </strong>
            <Button kind="bare" onPress={() => onChange([])}>
              {text.chooseNone}
            </Button>
          </>
        )}
      </div>
      {files.length > 0 && (
        <div class="device-list">
          <WindowList
            element={list}
            count={files.length}
            rowHeight={ROW_HEIGHT}
            attributes={{ role: 'list', 'aria-label': text.chosen, tabIndex: 0 }}
            row={(index) => {
              const one = files[index]
              if (one === undefined) return null
              return (
                <div
                  key={one.path}
                  class="at device-file"
                  role="listitem"
                  aria-posinset={index + 1}
                  aria-setsize={files.length}
                  style={{ top: `${index * ROW_HEIGHT}px` }}
                >
                  <Name text={one.path} />
                  <span class="quiet small number">{printSize(one.file.size)}</span>
                  <IconButton
                    icon="close"
                    label={text.leaveOut}
                    onPress={() => onChange(files.filter((other) => other !== one))}
                  />
                </div>
              )
            }}
          />
        </div>
      )}
      <p class="quiet small">{text.deviceHelp}</p>
    </div>
  )
}

interface ChooseButtonProps {
  readonly label: string
  readonly icon: 'file' | 'folder'
  readonly isFolder: boolean
  readonly onChoose: (files: readonly ChosenFile[]) => void
}

function ChooseButton({ label, icon, isFolder, onChoose }: ChooseButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button icon={icon} onPress={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={(element) => {
          input.current = element
          // No property of JSX's types.
          if (element !== null) element.webkitdirectory = isFolder
        }}
        type="file"
        hidden
        multiple
        aria-label={label}
        onChange={({ currentTarget }) => {
          if (currentTarget.files !== null) onChoose(chosenFiles(currentTarget.files))
          // The same may be chosen again.
          currentTarget.value = ''
        }}
      />
    </>
  )
}
