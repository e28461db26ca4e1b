// The question about torrents that stands open: remove, labels, move, rename, limits. The larger ones have files of their own.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { AskDialog } from '../parts/ask-dialog.tsx'
import { Check } from '../parts/small.tsx'
import { TextField } from '../parts/text-field.tsx'
import { tell } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { words } from '../words/words.ts'
import { idsOf, question } from './actions.ts'
import { LabelsDialog } from './labels-dialog.tsx'
import { LimitsDialog } from './limits-dialog.tsx'
import { MoveDialog } from './move-dialog.tsx'
import { QuestionNames, type QuestionProps } from './question-names.tsx'

const text = words.torrents

export function ActionDialogs(): JSX.Element | null {
  const open = question.value
  if (open === undefined) return null
  const props = { torrents: open.torrents, onClose: close }
  switch (open.kind) {
    case 'remove':
      return <Remove {...props} />
    case 'labels':
      return <LabelsDialog {...props} />
    case 'move':
      return <MoveDialog {...props} />
    case 'rename':
      return <Rename {...props} />
    case 'limits':
      return <LimitsDialog {...props} />
  }
}

function close(): void {
  question.value = undefined
}

function Remove({ torrents, onClose }: QuestionProps): JSX.Element {
  const [isDeleting, setIsDeleting] = useState(false)
  const act = async (): Promise<void> => {
    await call('torrent_remove', { ids: idsOf(torrents), delete_local_data: isDeleting })
    tell(text.removed(torrents.length))
  }
  return (
    <AskDialog
      title={text.removeTitle(torrents.length)}
      button={text.removeButton}
      isDanger
      act={act}
      onClose={onClose}
    >
      <QuestionNames torrents={torrents} />
      <Check label={text.removeFiles} isOn={isDeleting} onChange={setIsDeleting} />
      <p class="quiet">{isDeleting ? '' : text.removeKeep}</p>
    </AskDialog>
  )
}

function Rename({ torrents, onClose }: QuestionProps): JSX.Element {
  const before = torrents[0]?.name ?? ''
  const [value, setValue] = useState(before)
  const act = (): Promise<unknown> => call('torrent_rename_path', { ids: idsOf(torrents), path: before, name: value })
  return (
    <AskDialog title={text.renameTitle} button={words.save} act={act} onClose={onClose}>
      <TextField label={text.renameTo} value={value} onChange={setValue} />
    </AskDialog>
  )
}
