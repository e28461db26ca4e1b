// Another name for a file or folder of a torrent on this disk.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/small.tsx'
import { call, sentenceOf } from '../state/api.ts'
import { words } from '../words/words.ts'

const text = words.details

interface RenameProps {
  readonly hash: string
  /** As the list of files shows it. */
  readonly path: string
  readonly onClose: () => void
}

export function RenameDialog({ hash, path, onClose }: RenameProps): JSX.Element {
  const [name, setName] = useState(path.split('/').at(-1) ?? '')
  const [wrong, setWrong] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  const submit = async (): Promise<void> => {
    setIsBusy(true)
    try {
      await call('torrent_rename_path', { ids: hash, path, name })
      onClose()
    } catch (error) {
      setWrong(sentenceOf(error))
      setIsBusy(false)
    }
  }
  const footer = (
    <>
      <Button onPress={onClose}>{words.cancel}</Button>
      <Button kind="primary" isSubmit isDisabled={isBusy}>
        {words.save}
      </Button>
    </>
  )
  return (
    <Dialog title={text.renameTitle} onClose={onClose} onSubmit={() => void submit()} footer={footer}>
      <Field label={words.torrents.renameTo} help={text.renameHelp} wrong={wrong}>
        {(ids) => (
          <input
            {...ids}
            class="input"
            value={name}
            aria-invalid={wrong !== undefined}
            onInput={(event) => setName(event.currentTarget.value)}
            autofocus
          />
        )}
      </Field>
    </Dialog>
  )
}
