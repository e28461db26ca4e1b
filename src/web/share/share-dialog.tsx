// Share: choose what, send it to Shoal's machine if it is not there, and watch it become a torrent.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Problem } from '../parts/small.tsx'
import { asSentence, sentenceOf } from '../state/api.ts'
import { type ChosenFile, closeDialog, type OpenDialog, openDialog } from '../state/dialogs.ts'
import { words } from '../words/words.ts'
import { ChooseFiles, type ChosenFiles, isEmpty } from './choose-files.tsx'
import { JobProgress, UploadProgress } from './progress.tsx'
import { type OptionsForm, optionsOf, ShareOptionsFields, USUAL_OPTIONS } from './share-options.tsx'
import { cancelJob, jobOf, share, showWhenShared, shownJob } from './shares.ts'
import { endUpload, upload, uploads } from './uploads.ts'

const text = words.share

/** What was chosen stays, so that nothing is lost when it fails. */
type Stage =
  | { readonly kind: 'choose'; readonly problem: string }
  | { readonly kind: 'uploading'; readonly id: number }
  | { readonly kind: 'making'; readonly id: number }

const CHOOSE: Stage = { kind: 'choose', problem: '' }

export function ShareDialog({ files }: { readonly files: readonly ChosenFile[] }): JSX.Element {
  const [choice, setChoice] = useState<ChosenFiles>({ from: files.length > 0 ? 'device' : 'machine', paths: [], files })
  const [form, setForm] = useState(USUAL_OPTIONS)
  const [stage, setStage] = useState<Stage>(CHOOSE)
  const [isBusy, setIsBusy] = useState(false)
  const changeForm = (change: Partial<OptionsForm>): void => setForm((before) => ({ ...before, ...change }))

  const make = async (path: string): Promise<void> => {
    const id = await share(path, optionsOf(form))
    setStage({ kind: 'making', id })
  }
  const submit = async (): Promise<void> => {
    const [path] = choice.paths
    setIsBusy(true)
    try {
      if (choice.from === 'device') {
        const id = upload(choice.files, make, () => setStage(CHOOSE))
        setStage({ kind: 'uploading', id })
      } else if (path !== undefined) await make(path)
    } catch (error) {
      setStage({ kind: 'choose', problem: sentenceOf(error) })
    }
    setIsBusy(false)
  }
  if (stage.kind !== 'choose')
    return <Making stage={stage} onBack={(problem) => setStage({ kind: 'choose', problem })} />
  const footer = (
    <>
      <Button kind="bare" icon="people" onPress={() => openDialog(forPeople(choice))}>
        {text.toPeople}
      </Button>
      <span class="grow" />
      <Button onPress={closeDialog}>{words.cancel}</Button>
      <Button kind="primary" icon="share" isSubmit isDisabled={isBusy || isEmpty(choice)}>
        {text.share}
      </Button>
    </>
  )
  return (
    <Dialog title={text.title} isWide onClose={closeDialog} onSubmit={() => void submit()} footer={footer}>
      <Problem text={stage.problem} />
      <ChooseFiles choice={choice} onChange={setChoice} />
      <ShareOptionsFields form={form} onChange={changeForm} />
    </Dialog>
  )
}

/** What was chosen so far goes along. */
function forPeople({ from, paths, files }: ChosenFiles): OpenDialog {
  return { kind: 'send', to: [], ...(from === 'device' ? { files } : { paths }) }
}

interface MakingProps {
  readonly stage: Exclude<Stage, { readonly kind: 'choose' }>
  readonly onBack: (problem: string) => void
}

/** May be closed: it goes on, and says so when it is done. */
function Making({ stage, onBack }: MakingProps): JSX.Element {
  const job = stage.kind === 'making' ? jobOf(stage.id) : undefined
  const sending = stage.kind === 'uploading' ? uploads.value.find(({ id }) => id === stage.id) : undefined
  useEffect(() => {
    if (job === undefined) return
    if (job.state === 'failed') onBack(asSentence(job.error))
    else if (job.state === 'cancelled') onBack('')
    else showWhenShared(job)
  }, [job])
  useEffect(() => {
    shownJob.value = stage.kind === 'making' ? stage.id : undefined
    // Closed, it is not shown any more: a toast tells of its end.
    return () => {
      shownJob.value = undefined
    }
  }, [stage])
  const cancel = (): void => {
    if (stage.kind === 'uploading') endUpload(stage.id)
    else cancelJob(stage.id)
  }
  const footer = (
    <>
      <Button onPress={cancel}>{words.cancel}</Button>
      <Button kind="primary" onPress={closeDialog}>
        {text.inBackground}
      </Button>
    </>
  )
  return (
    <Dialog title={text.making} isWide onClose={closeDialog} footer={footer}>
      {sending !== undefined && <UploadProgress upload={sending} />}
      {job !== undefined && <JobProgress job={job} />}
      <p class="quiet">{text.goesOn}</p>
    </Dialog>
  )
}
