// Questions before something is done to torrents: remove, labels, move, rename, limits.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { lazy } from '../parts/lazy.tsx'
import { Check, Field, Name } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { session } from '../state/live.ts'
import { words } from '../words/words.ts'
import { type Question, question } from './actions.ts'

const text = words.torrents
/** Named in a question; the others are counted. */
const MOST_NAMES = 5

export function ActionDialogs(): JSX.Element | null {
  const open = question.value
  switch (open?.kind) {
    case 'remove':
      return <Remove {...open} />
    case 'labels':
      return <Labels {...open} />
    case 'move':
      return <Move {...open} />
    case 'rename':
      return <Rename {...open} />
    case 'limits':
      return <Limits {...open} />
    case undefined:
      return null
  }
}

function close(): void {
  question.value = undefined
}

interface AskProps {
  readonly title: string
  readonly button: string
  readonly isDanger?: boolean
  readonly children: JSX.Element | readonly JSX.Element[]
  readonly act: () => Promise<unknown>
}

function Ask({ title, button, isDanger = false, children, act }: AskProps): JSX.Element {
  const [isBusy, setIsBusy] = useState(false)
  const submit = async (): Promise<void> => {
    setIsBusy(true)
    try {
      await act()
      close()
    } catch (error) {
      tellError(error)
      setIsBusy(false)
    }
  }
  const footer = (
    <>
      <Button onPress={close}>{words.cancel}</Button>
      <Button kind={isDanger ? 'danger primary' : 'primary'} isSubmit isDisabled={isBusy}>
        {button}
      </Button>
    </>
  )
  return (
    <Dialog title={title} onClose={close} onSubmit={() => void submit()} footer={footer}>
      {children}
    </Dialog>
  )
}

function Names({ torrents }: Pick<Question, 'torrents'>): JSX.Element {
  return (
    <ul class="stack">
      {torrents.slice(0, MOST_NAMES).map(({ id, name }) => (
        <li key={id} class="break">
          <Name text={name} isCut={false} />
        </li>
      ))}
      {torrents.length > MOST_NAMES && <li class="quiet">{`+ ${torrents.length - MOST_NAMES}`}</li>}
    </ul>
  )
}

function Remove({ torrents }: Question): JSX.Element {
  const [isDeleting, setIsDeleting] = useState(false)
  const act = async (): Promise<void> => {
    await call('torrent_remove', { ids: torrents.map(({ id }) => id), delete_local_data: isDeleting })
    tell(text.removed(torrents.length))
  }
  return (
    <Ask title={text.removeTitle(torrents.length)} button={text.removeButton} isDanger act={act}>
      <Names torrents={torrents} />
      <Check label={text.removeFiles} isOn={isDeleting} onChange={setIsDeleting} />
      <p class="quiet">{isDeleting ? '' : text.removeKeep}</p>
    </Ask>
  )
}

function Labels({ torrents }: Question): JSX.Element {
  const [value, setValue] = useState(() => torrents[0]?.labels.join(', ') ?? '')
  const act = (): Promise<unknown> => {
    const labels = [...new Set(value.split(',').map((one) => one.trim()))].filter((one) => one !== '')
    return call('torrent_set', { ids: torrents.map(({ id }) => id), labels })
  }
  return (
    <Ask title={text.labelsTitle} button={words.save} act={act}>
      <Names torrents={torrents} />
      <TextField label={text.labelsTitle} help={text.labelsHelp} value={value} onChange={setValue} />
    </Ask>
  )
}

const FolderBrowser = lazy(async () => (await import('../share/folder-browser.tsx')).FolderBrowser)

function Move({ torrents }: Question): JSX.Element {
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
    call('torrent_set_location', { ids: torrents.map(({ id }) => id), location: value, move: true })
  return (
    <Ask title={text.moveTitle} button={words.ok} act={act}>
      <Names torrents={torrents} />
      <TextField label={text.moveTo} value={value} onChange={setValue} />
      <>{start !== undefined && <FolderBrowser kind="folder" start={start} onChoose={setValue} />}</>
    </Ask>
  )
}

function Rename({ torrents }: Question): JSX.Element {
  const before = torrents[0]?.name ?? ''
  const [value, setValue] = useState(before)
  const act = (): Promise<unknown> =>
    call('torrent_rename_path', { ids: torrents.map(({ id }) => id), path: before, name: value })
  return (
    <Ask title={text.renameTitle} button={words.save} act={act}>
      <TextField label={text.renameTo} value={value} onChange={setValue} />
    </Ask>
  )
}

/** What is typed; empty: none of its own. */
interface Typed {
  readonly down: string
  readonly up: string
  readonly ratio: string
}
const NOTHING_TYPED: Typed = { down: '', up: '', ratio: '' }

function Limits({ torrents }: Question): JSX.Element {
  const [typed, setTyped] = useState(NOTHING_TYPED)
  /** What holds now; of several torrents it may differ, and all is said anew. */
  const [before, setBefore] = useState<Typed>()
  useEffect(() => {
    const [only] = torrents
    if (only === undefined || torrents.length > 1) return
    limitsOf(only.id).then((now) => {
      setBefore(now)
      setTyped((value) => (value === NOTHING_TYPED ? now : value))
    }, tellError)
  }, [])
  const change = (one: Partial<Typed>): void => setTyped({ ...typed, ...one })
  const { down, up, ratio } = typed
  const act = (): Promise<unknown> =>
    call('torrent_set', {
      ids: torrents.map(({ id }) => id),
      ...(down !== before?.down && limit('download', down)),
      ...(up !== before?.up && limit('upload', up)),
      ...(ratio !== before?.ratio &&
        (ratio === '' ? { seed_ratio_mode: 0 } : { seed_ratio_mode: 1, seed_ratio_limit: Number(ratio) })),
    })
  return (
    <Ask title={text.limitsTitle} button={words.save} act={act}>
      <Names torrents={torrents} />
      <NumberField label={text.limitDown} value={down} onChange={(value) => change({ down: value })} />
      <NumberField label={text.limitUp} value={up} onChange={(value) => change({ up: value })} />
      <NumberField label={text.limitRatio} value={ratio} onChange={(value) => change({ ratio: value })} step="0.1" />
      <p class="quiet small">{session.value?.is_limited === true ? words.frame.limited : text.limitHelp}</p>
    </Ask>
  )
}

interface LimitFields {
  readonly download_limit: number
  readonly download_limited: boolean
  readonly upload_limit: number
  readonly upload_limited: boolean
  readonly seed_ratio_limit: number
  /** 0: as the settings say, 1: its own, 2: none. */
  readonly seed_ratio_mode: number
}
const LIMIT_FIELDS = [
  'download_limit',
  'download_limited',
  'upload_limit',
  'upload_limited',
  'seed_ratio_limit',
  'seed_ratio_mode',
] as const satisfies readonly (keyof LimitFields)[]

async function limitsOf(id: number): Promise<Typed> {
  const answer = await call<{ torrents: readonly LimitFields[] }>('torrent_get', { ids: id, fields: LIMIT_FIELDS })
  const [now] = answer.torrents
  if (now === undefined) return NOTHING_TYPED
  return {
    down: now.download_limited ? String(now.download_limit) : '',
    up: now.upload_limited ? String(now.upload_limit) : '',
    ratio: now.seed_ratio_mode === 1 ? String(now.seed_ratio_limit) : '',
  }
}

function limit(way: 'download' | 'upload', value: string): object {
  if (value === '') return { [`${way}_limited`]: false }
  return { [`${way}_limited`]: true, [`${way}_limit`]: Math.round(Number(value)) }
}

interface TextFieldProps {
  readonly label: string
  readonly help?: string
  readonly value: string
  readonly onChange: (value: string) => void
}

function TextField({ label, help, value, onChange }: TextFieldProps): JSX.Element {
  return (
    <Field label={label} help={help}>
      {(ids) => (
        <input
          {...ids}
          class="input"
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
          autofocus
        />
      )}
    </Field>
  )
}

function NumberField({ label, value, onChange, step = '1' }: TextFieldProps & { readonly step?: string }): JSX.Element {
  return (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          class="input"
          type="number"
          min="0"
          step={step}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
