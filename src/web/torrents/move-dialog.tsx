// To which folder torrents are moved, with what they have.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { AskDialog } from '../parts/ask-dialog.tsx'
import { lazy } from '../parts/lazy.tsx'
import { TextField } from '../parts/text-field.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { words } from '../words/words.ts'
import { idsOf } from './actions.ts'
import { QuestionNames, type QuestionProps } from './question-names.tsx'

const text = words.torrents
const FolderBrowser = lazy(async () => (await import('../share/folder-browser.tsx')).FolderBrowser)

export function MoveDialog({ torrents, onClose }: QuestionProps): JSX.Element {
  const [value, setValue] = useState('')
  /** Where the first of them is. */
  const [start, setStart] = useState<string>()
  useEffect(() => {
    const wanted = { ids: torrents[0]?.id, fields: ['download_dir'] }
    call<{ torrents: readonly { download_dir: string }[] }>('torrent_get', wanted)
      .then((answer) => {
        const dir = answer.torrents[0]?.download_dir ?? ''
        setStart(dir)
        setValue((typed) => (typed === '' ? dir : typed))
      })
      .catch(tellError)
  }, [])
  const act = (): Promise<unknown> =>
    call('torrent_set_location', { ids: idsOf(torrents), location: value, move: true })
  return (
    <AskDialog title={text.moveTitle} button={words.ok} isDisabled={value === ''} act={act} onClose={onClose}>
      <QuestionNames torrents={torrents} />
      <TextField label={text.moveTo} value={value} onChange={setValue} />
      {start !== undefined && <FolderBrowser kind="folder" start={start} onChoose={setValue} />}
    </AskDialog>
  )
}
