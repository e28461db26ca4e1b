// What to download? A link in a box, or a .torrent of this device.
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/small.tsx'
import { useDrops } from '../parts/use-drops.ts'
import { closeDialog } from '../state/dialogs.ts'
import { words } from '../words/words.ts'
import { ChooseTorrent } from './choose-torrent.tsx'
import { recognize } from './given.ts'
import { isTorrentFile } from './torrent-files.ts'

const text = words.download

interface AskDialogProps {
  /** What was typed before, and what was wrong with it. */
  readonly typed: string
  readonly problem: string | undefined
  readonly onLink: (source: string, typed: string) => void
  readonly onFiles: (files: readonly File[]) => void
}

export function AskDialog({ typed, problem, onLink, onFiles }: AskDialogProps): JSX.Element {
  const [value, setValue] = useState(typed)
  const [wrong, setWrong] = useState(problem)
  const element = useRef<HTMLDivElement>(null)
  useDrops(element, (dropped) => {
    const files = dropped.map(({ file }) => file).filter(isTorrentFile)
    if (files.length > 0) onFiles(files)
    else setWrong(text.notTorrent)
  })
  const submit = (): void => {
    const given = recognize(value)
    if (given.kind === 'link' || given.kind === 'hash') onLink(given.source, value)
    else setWrong(text.notTorrent)
  }
  const footer = (
    <>
      <ChooseTorrent onChoose={onFiles}>{text.choose}</ChooseTorrent>
      <span class="grow" />
      <Button onPress={closeDialog}>{words.cancel}</Button>
      <Button kind="primary" isSubmit isDisabled={value.trim() === ''}>
        {text.next}
      </Button>
    </>
  )
  return (
    <Dialog title={text.title} onClose={closeDialog} onSubmit={submit} footer={footer}>
      <div ref={element}>
        <Field label={text.linkField} help={text.linkHelp} wrong={wrong}>
          {(ids) => (
            <input
              {...ids}
              class="input"
              value={value}
              autofocus
              autocomplete="off"
              spellcheck={false}
              placeholder="magnet:?xt=…"
              aria-invalid={wrong !== undefined}
              onInput={(event) => {
                setValue(event.currentTarget.value)
                setWrong(undefined)
              }}
            />
          )}
        </Field>
      </div>
    </Dialog>
  )
}
