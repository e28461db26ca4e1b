// The files of a torrent are known: which of them, where to, and how.
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { buildTree, type TreeFile } from '../parts/file-tree.ts'
import { Check, Field, Name, Notice } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { call, sentenceOf } from '../state/api.ts'
import { splitLabels } from '../torrents/label-change.ts'
import { words } from '../words/words.ts'
import { bytesOf, type Choice } from './choice.ts'
import { FileChoice } from './file-choice.tsx'
import { PlaceField } from './place-field.tsx'

const text = words.download

interface ChoiceDialogProps {
  readonly name: string
  readonly files: readonly TreeFile[]
  readonly comment?: string
  readonly isPrivate?: boolean
  /** As it is so far; what is absent is as the settings say. */
  readonly before?: Partial<Omit<Choice, 'wanted' | 'isStarted'>>
  /** Started it is in any case. */
  readonly isStarting?: boolean
  readonly onClose: () => void
  /** What it throws is shown here, and what was chosen stays. */
  readonly onDownload: (choice: Choice) => Promise<void>
  /** More buttons. */
  readonly footer?: ComponentChildren
}

export function ChoiceDialog(props: ChoiceDialogProps): JSX.Element {
  const { name, files, comment = '', isPrivate = false, before = {}, isStarting = false, onClose, onDownload } = props
  const [unwanted, setUnwanted] = useState<ReadonlySet<number>>(() => new Set(before.unwanted))
  const [dir, setDir] = useState(before.dir ?? '')
  const [labels, setLabels] = useState(before.labels?.join(', ') ?? '')
  const [isStarted, setIsStarted] = useState(true)
  const [isSequential, setIsSequential] = useState(before.isSequential ?? false)
  const [isBusy, setIsBusy] = useState(false)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    if (before.dir !== undefined) return
    usual().then(({ downloadDir, startsAtOnce }) => {
      setDir((typed) => typed || downloadDir)
      setIsStarted(startsAtOnce)
    }, tellError)
  }, [])

  const order = useMemo(() => buildTree(files).order, [files])
  const wanted = useMemo(() => order.filter((file) => !unwanted.has(file)), [order, unwanted])
  const submit = async (): Promise<void> => {
    setIsBusy(true)
    setProblem('')
    const chosen = {
      wanted,
      unwanted: order.filter((file) => unwanted.has(file)),
      dir,
      labels: splitLabels(labels),
      isStarted,
      isSequential,
    }
    try {
      await onDownload(chosen)
    } catch (error) {
      setProblem(sentenceOf(error))
      setIsBusy(false)
    }
  }
  const footer = (
    <>
      {props.footer ?? <Button onPress={onClose}>{words.cancel}</Button>}
      <Button kind="primary" icon="download" isSubmit isDisabled={isBusy || wanted.length === 0}>
        {text.button}
      </Button>
    </>
  )
  return (
    <Dialog
      title={<Name text={name || text.unnamed} isCut={false} />}
      isWide
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={footer}
    >
      {(comment !== '' || isPrivate) && (
        <div class="line small">
          {isPrivate && <span class="badge">{text.isPrivate}</span>}
          <span class="quiet grow comment">
            <Name text={comment} isCut={false} />
          </span>
        </div>
      )}
      <FileChoice files={files} unwanted={unwanted} onChange={setUnwanted} />
      <div class="download-options">
        <PlaceField value={dir} onChange={setDir} neededBytes={bytesOf(files, wanted)} />
        <Field label={text.labels} help={text.labelsHelp}>
          {(ids) => (
            <input {...ids} class="input" value={labels} onInput={(event) => setLabels(event.currentTarget.value)} />
          )}
        </Field>
      </div>
      <div class="line checks">
        {!isStarting && <Check label={text.startAtOnce} isOn={isStarted} onChange={setIsStarted} />}
        <Check label={text.inOrder} isOn={isSequential} onChange={setIsSequential} />
      </div>
      {problem !== '' && (
        <div role="alert">
          <Notice kind="bad">{problem}</Notice>
        </div>
      )}
    </Dialog>
  )
}

async function usual(): Promise<{ readonly downloadDir: string; readonly startsAtOnce: boolean }> {
  const { settings } = await call<{ settings: readonly SettingRow[] }>('shoal_config_get')
  const value = (name: string): SettingRow['value'] | undefined => settings.find((row) => row.name === name)?.value
  const dir = value('download-dir')
  return { downloadDir: typeof dir === 'string' ? dir : '', startsAtOnce: value('start-added') !== false }
}
