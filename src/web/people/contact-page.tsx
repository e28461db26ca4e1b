// One person: what can be done, who it is, whether to believe it, messages, and what is shared.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { AskDialog } from '../parts/ask-dialog.tsx'
import { Button } from '../parts/button.tsx'
import { MenuButton } from '../parts/menu.tsx'
import { Name } from '../parts/small.tsx'
import { TextField } from '../parts/text-field.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { useNow } from '../parts/use-now.ts'
import { call } from '../state/api.ts'
import { openDialog } from '../state/dialogs.ts'
import { go } from '../state/route.ts'
import { words } from '../words/words.ts'
import { firstLetter, MAX_NAME, printFingerprint, SEEN_AGAIN_SEC, seenText, wordFor } from './contact-list.ts'
import { SharedFiles } from './shared-files.tsx'
import { Talk } from './talk.tsx'
import { TrustBadge } from './trust-badge.tsx'
import { TrustCard } from './trust-card.tsx'

const text = words.folk

interface ContactProps {
  readonly contact: ContactRow
}

export function ContactPage({ contact }: ContactProps): JSX.Element {
  const { name, kind, trust, address, fingerprint, seenAt } = contact
  const now = useNow(SEEN_AGAIN_SEC).value
  return (
    <>
      <header class="person-head">
        <span class="avatar large" aria-hidden="true">
          {firstLetter(name)}
        </span>
        <div class="grow">
          <h2 id="people-title" class="break" tabIndex={-1}>
            <Name text={name} isCut={false} />
          </h2>
          <p class="line">
            {fingerprint !== null && <span class="badge">{text.kinds[kind]}</span>}
            <TrustBadge contact={contact} />
            <span class="quiet small">{seenText(seenAt, now)}</span>
          </p>
        </div>
        <Actions contact={contact} />
      </header>
      <TrustCard contact={contact} />
      {trust !== 'blocked' && (
        <section class="card stack" aria-labelledby="talk-title">
          <h3 id="talk-title">{text.messages}</h3>
          <Talk person={contact} />
        </section>
      )}
      {kind === 'shoal' && trust !== 'blocked' && <SharedFiles contact={contact} />}
      <dl class="people-facts card">
        <dt>{text.address}</dt>
        <dd class="number">{address}</dd>
        <dt>{text.fingerprint}</dt>
        <dd class="break">
          {fingerprint === null ? (
            <span class="quiet">{text.notMet}</span>
          ) : (
            <code>{printFingerprint(printable(fingerprint))}</code>
          )}
        </dd>
      </dl>
    </>
  )
}

function Actions({ contact }: ContactProps): JSX.Element {
  const { name, trust, isKept } = contact
  const [question, setQuestion] = useState<'rename' | 'forget'>()
  const close = (): void => setQuestion(undefined)
  const change = (wished: object): void => {
    call('shoal_contact_change', { contact: wordFor(contact), ...wished }).catch(tellError)
  }
  const ping = async (): Promise<void> => {
    const { ms, alias } = await call<{ ms: number; alias: string }>('shoal_contact_ping', { contact: wordFor(contact) })
    tell(text.answered(alias, ms.toFixed(ms < 10 ? 1 : 0)))
  }
  return (
    <div class="line">
      {trust !== 'blocked' && (
        <Button kind="primary" icon="send" onPress={() => openDialog({ kind: 'send', to: [name] })}>
          {text.send}
        </Button>
      )}
      <Button onPress={() => void ping().catch(tellError)}>{text.ping}</Button>
      <MenuButton
        label={words.more}
        icon="more"
        entries={[
          ...(isKept ? [] : [{ label: text.keep, icon: 'check' as const, onPress: () => change({ name }) }]),
          { label: text.rename, icon: 'edit', onPress: () => setQuestion('rename') },
          trust === 'blocked'
            ? { label: text.unblock, icon: 'check', onPress: () => change({ trust: 'unknown' }) }
            : { label: text.block, icon: 'close', onPress: () => change({ trust: 'blocked' }) },
          'line',
          { label: text.forget, icon: 'trash', isDanger: true, onPress: () => setQuestion('forget') },
        ]}
      />
      {question === 'rename' && <Rename contact={contact} onClose={close} />}
      {question === 'forget' && <Forget contact={contact} onClose={close} />}
    </div>
  )
}

interface QuestionProps extends ContactProps {
  readonly onClose: () => void
}

function Rename({ contact, onClose }: QuestionProps): JSX.Element {
  const [value, setValue] = useState(contact.name)
  const act = (): Promise<unknown> => call('shoal_contact_change', { contact: wordFor(contact), name: value.trim() })
  return (
    <AskDialog title={text.renameTitle} button={words.save} act={act} onClose={onClose}>
      <TextField label={text.newName} help={text.addNameHelp} maxLength={MAX_NAME} value={value} onChange={setValue} />
    </AskDialog>
  )
}

function Forget({ contact, onClose }: QuestionProps): JSX.Element {
  const act = async (): Promise<void> => {
    await call('shoal_contact_remove', { contact: wordFor(contact) })
    go('people')
  }
  return (
    <AskDialog title={text.forgetTitle} button={text.forgetButton} isDanger act={act} onClose={onClose}>
      <p>
        <strong class="break">
          <Name text={contact.name} isCut={false} />
        </strong>
      </p>
      <p class="quiet">{text.forgetHow}</p>
    </AskDialog>
  )
}
