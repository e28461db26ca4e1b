// Send: to people who are nearby or known, or by a link to anybody in this network.
import type { JSX } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, Problem } from '../parts/small.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { tell } from '../parts/toast.tsx'
import { ChooseFiles, type ChosenFiles, isEmpty } from '../share/choose-files.tsx'
import { LinkPart } from '../share/link-part.tsx'
import { UploadProgress } from '../share/progress.tsx'
import { Receivers } from '../share/receivers.tsx'
import { openLink, say, send, type Sent } from '../share/send-state.ts'
import { SentPart } from '../share/sent-part.tsx'
import { endUpload, upload, uploads } from '../share/uploads.ts'
import { sentenceOf } from '../state/api.ts'
import { type ChosenFile, closeDialog } from '../state/dialogs.ts'
import { contacts, link } from '../state/live.ts'
import { go } from '../state/route.ts'
import { words } from '../words/words.ts'

const text = words.share.send

interface SendDialogProps {
  /** Names of contacts. */
  readonly to: readonly string[]
  /** Of this device. */
  readonly files: readonly ChosenFile[]
  /** Of the machine where Shoal runs. */
  readonly paths: readonly string[]
}

type Stage =
  | { readonly kind: 'choose' }
  | { readonly kind: 'uploading'; readonly id: number }
  | { readonly kind: 'sent'; readonly sent: Sent }

export function SendDialog({ to, files, paths }: SendDialogProps): JSX.Element {
  const panelId = useId()
  const [way, setWay] = useState<'people' | 'link'>('people')
  const [choice, setChoice] = useState<ChosenFiles>({ from: files.length > 0 ? 'device' : 'machine', paths, files })
  const [ids, setIds] = useState<ReadonlySet<number>>(() => idsOf(to))
  const [message, setMessage] = useState('')
  const [pin, setPin] = useState('')
  const [stage, setStage] = useState<Stage>({ kind: 'choose' })
  const [problem, setProblem] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const chosen = contacts.value.filter(({ id }) => ids.has(id))

  const give = async (paths: readonly string[]): Promise<void> => {
    if (way === 'link') {
      await openLink(paths, pin)
      setStage({ kind: 'choose' })
      return
    }
    const sent = await send(paths, chosen, '')
    say(message, chosen)
    tell(text.begun(chosen.length), { label: words.share.show, onPress: showPeople })
    setStage({ kind: 'sent', sent })
  }
  const submit = async (): Promise<void> => {
    setIsBusy(true)
    setProblem('')
    try {
      if (choice.from === 'machine') await give(choice.paths)
      else {
        const id = upload(
          choice.files,
          (path) => give([path]),
          () => setStage({ kind: 'choose' }),
        )
        setStage({ kind: 'uploading', id })
      }
    } catch (error) {
      setProblem(sentenceOf(error))
    }
    setIsBusy(false)
  }
  if (stage.kind === 'uploading') return <Uploading id={stage.id} />
  if (stage.kind === 'sent') {
    return <SentPart sent={stage.sent} onSent={(sent) => setStage({ kind: 'sent', sent })} onShow={showPeople} />
  }
  const isLinkOpen = way === 'link' && link.value !== undefined
  const isReady = !isEmpty(choice) && (way === 'link' || chosen.length > 0)
  const footer = (
    <>
      <Button onPress={closeDialog}>{isLinkOpen ? words.close : words.cancel}</Button>
      {!isLinkOpen && (
        <Button kind="primary" icon={way === 'link' ? 'link' : 'send'} isSubmit isDisabled={isBusy || !isReady}>
          {way === 'link' ? text.linkOpen : text.button(chosen.length)}
        </Button>
      )}
    </>
  )
  return (
    <Dialog title={text.title} isWide onClose={closeDialog} onSubmit={() => void submit()} footer={footer}>
      <Tabs
        id={panelId}
        label={text.ways}
        tabs={[
          { key: 'people', label: text.toPeople },
          { key: 'link', label: text.byLink },
        ]}
        chosen={way}
        onChoose={(key) => setWay(key)}
      />
      <div class="stack send-way" role="tabpanel" id={`${panelId}-panel`} aria-labelledby={`${panelId}-${way}`}>
        <Problem text={problem} />
        {way === 'people' && <Receivers chosen={ids} onChange={setIds} />}
        {isLinkOpen ? <LinkPart /> : <ChooseFiles choice={choice} isSeveral onChange={setChoice} />}
        {way === 'people' && (
          <Field label={text.message}>
            {(fieldIds) => (
              <input
                {...fieldIds}
                class="input"
                value={message}
                onInput={(event) => setMessage(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        {way === 'link' && !isLinkOpen && (
          <>
            <p class="quiet">{text.linkHow}</p>
            <Field label={text.linkPin} help={text.linkPinHelp}>
              {(fieldIds) => (
                <input
                  {...fieldIds}
                  class="input pin"
                  autocomplete="off"
                  value={pin}
                  onInput={(event) => setPin(event.currentTarget.value)}
                />
              )}
            </Field>
          </>
        )}
      </div>
    </Dialog>
  )
}

function idsOf(names: readonly string[]): ReadonlySet<number> {
  const wanted = new Set(names)
  const isMeant = ({ name, fingerprint, trust }: ContactRow): boolean =>
    trust !== 'blocked' && (wanted.has(name) || (fingerprint !== null && wanted.has(fingerprint)))
  return new Set(
    contacts
      .peek()
      .filter(isMeant)
      .map(({ id }) => id),
  )
}

function showPeople(): void {
  closeDialog()
  go('people')
}

/** May be closed: what was chosen goes on its way when the files are there. */
function Uploading({ id }: { readonly id: number }): JSX.Element {
  const sending = uploads.value.find((one) => one.id === id)
  const footer = (
    <>
      <Button onPress={() => endUpload(id)}>{words.cancel}</Button>
      <Button kind="primary" onPress={closeDialog}>
        {words.share.inBackground}
      </Button>
    </>
  )
  return (
    <Dialog title={text.sending} isWide onClose={closeDialog} footer={footer}>
      {sending !== undefined && <UploadProgress upload={sending} />}
      <p class="quiet">{words.share.goesOn}</p>
    </Dialog>
  )
}
