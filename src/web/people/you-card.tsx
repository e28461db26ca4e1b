// Who we are to others: the name they see, and the beginning of our fingerprint. And whether this browser may notify.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { AskDialog } from '../parts/ask-dialog.tsx'
import { Button, IconButton } from '../parts/button.tsx'
import { Field, Name } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { words } from '../words/words.ts'
import { printFingerprint } from './contact-list.ts'
import { canNotify } from './news.ts'

const text = words.folk
/** Enough to tell people apart by eye, of 16. */
const SHOWN_GROUPS = 4

export function YouCard(): JSX.Element {
  const [name, setName] = useState('')
  const [fingerprint, setFingerprint] = useState('')
  const [isRenaming, setIsRenaming] = useState(false)
  useEffect(() => {
    const gone = new AbortController()
    loadName(gone.signal).then(setName).catch(tellError)
    call<{ own: { fingerprint: string } }>('shoal_contacts', {}, gone.signal)
      .then(({ own }) => setFingerprint(own.fingerprint))
      .catch(tellError)
    return () => gone.abort()
  }, [])
  const rename = async (wanted: string): Promise<void> => {
    await call('shoal_config_set', { name: 'name', value: wanted })
    setName(wanted)
  }
  return (
    <div class="you">
      <div class="line">
        <p class="grow you-name">
          <span class="quiet">{text.you} </span>
          <strong>
            <Name text={name} isCut={false} />
          </strong>
        </p>
        <IconButton icon="edit" label={text.ownName} onPress={() => setIsRenaming(true)} />
      </div>
      <p class="quiet small number" title={text.fingerprintHelp}>
        {text.fingerprint} <code>{printFingerprint(fingerprint, SHOWN_GROUPS)}</code>
      </p>
      <Notify />
      {isRenaming && <OwnName name={name} act={rename} onClose={() => setIsRenaming(false)} />}
    </div>
  )
}

async function loadName(signal: AbortSignal): Promise<string> {
  const { settings } = await call<{ settings: readonly SettingRow[] }>('shoal_config_get', {}, signal)
  const value = settings.find(({ name }) => name === 'name')?.value
  return typeof value === 'string' ? value : ''
}

interface OwnNameProps {
  readonly name: string
  readonly act: (name: string) => Promise<void>
  readonly onClose: () => void
}

function OwnName({ name, act, onClose }: OwnNameProps): JSX.Element {
  const [value, setValue] = useState(name)
  return (
    <AskDialog title={text.ownName} button={words.save} act={() => act(value.trim())} onClose={onClose}>
      <Field label={text.addName}>
        {(ids) => (
          <input
            {...ids}
            class="input"
            autocomplete="off"
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
            autofocus
          />
        )}
      </Field>
    </AskDialog>
  )
}

function Notify(): JSX.Element | null {
  const [permission, setPermission] = useState(canNotify ? Notification.permission : 'denied')
  if (permission === 'denied') return null
  const ask = async (): Promise<void> => {
    const answer = await Notification.requestPermission()
    setPermission(answer)
    tell(answer === 'granted' ? text.notifyOn : text.notifyOff)
  }
  if (permission === 'granted') return null
  return (
    <div class="line you-notify">
      <Button icon="bell" onPress={() => void ask().catch(tellError)}>
        {text.notify}
      </Button>
      <span class="grow quiet small">{text.notifyHelp}</span>
    </div>
  )
}
