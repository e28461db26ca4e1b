// A folder of the machine where Shoal runs, typed or chosen; and lists, one a line.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Name } from '../parts/small.tsx'
import { FolderBrowser } from '../share/folder-browser.tsx'
import { words } from '../words/words.ts'
import { type ControlAttributes, labelOf } from './setting-line.tsx'
import { linesOf } from './setting-text.ts'
import { TextInput } from './text-input.tsx'
import type { SettingField } from './use-field.ts'

const text = words.settings
/** Lines of a list that are seen without scrolling. */
const LINES = { least: 2, most: 8 }

interface ControlProps {
  readonly row: SettingRow
  readonly field: SettingField
  readonly attributes: ControlAttributes
}

export function FolderControl({ row, field, attributes }: ControlProps): JSX.Element {
  return (
    <div class="with-button">
      <TextInput field={field} attributes={attributes} placeholder={text.noFolder} />
      <ChooseFolder row={row} start={field.text} onChoose={(path) => void field.save(path)}>
        {text.chooseFolder}
      </ChooseFolder>
    </div>
  )
}

export function ListControl({ row, field, attributes }: ControlProps): JSX.Element {
  const lines = linesOf(field.text)
  const rows = Math.min(LINES.most, Math.max(LINES.least, lines.length))
  return (
    <textarea
      {...attributes}
      class="input"
      rows={rows}
      autocomplete="off"
      spellcheck={false}
      readOnly={row.isForOwner}
      placeholder={row.isForOwner ? text.noFolder : undefined}
      value={field.text}
      onInput={(event) => field.type(event.currentTarget.value)}
      onBlur={() => field.commit()}
      onKeyDown={(event) => {
        if (event.key === 'Escape') field.revert()
      }}
    />
  )
}

interface ChooseFolderProps {
  readonly row: SettingRow
  /** The folder to begin with. */
  readonly start: string
  readonly onChoose: (path: string) => void
  readonly children: string
}

function ChooseFolder({ row, start, onChoose, children }: ChooseFolderProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(false)
  const [path, setPath] = useState('')
  const label = labelOf(row)
  const choose = (): void => {
    setIsOpen(false)
    if (path !== '') onChoose(path)
  }
  const footer = (
    <>
      <span class="chosen-path quiet small">{path !== '' && <Name text={path} />}</span>
      <Button onPress={() => setIsOpen(false)}>{words.cancel}</Button>
      <Button kind="primary" onPress={choose} isDisabled={path === ''}>
        {text.chooseThis}
      </Button>
    </>
  )
  return (
    <>
      <Button icon="folder" onPress={() => setIsOpen(true)}>
        {children}
        <span class="for-readers"> {label}</span>
      </Button>
      {isOpen && (
        <Dialog title={label} isWide onClose={() => setIsOpen(false)} footer={footer}>
          <FolderBrowser kind="folder" start={start} onChoose={setPath} />
        </Dialog>
      )}
    </>
  )
}
