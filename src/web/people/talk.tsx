// What was said, with one person or with all, and a place to write.
import type { JSX } from 'preact'
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { printDate } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Name } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { contacts, messages } from '../state/live.ts'
import { hrefTo } from '../state/route.ts'
import { words } from '../words/words.ts'
import { wordFor } from './contact-list.ts'
import { conversation, isFrom, type Line, noteSaid, type Receiver, said } from './talking.ts'

const text = words.folk
/** Shown at first, and more of at each wish. */
const STEP = 100
/** As direct/protocol.ts: more is not taken. */
const MAX_TEXT = 64 * 1024
/** Named; the others are counted. */
const MOST_NAMES = 20

interface TalkProps {
  /** Absent: with all contacts. */
  readonly person?: ContactRow
}

export function Talk({ person }: TalkProps): JSX.Element {
  const [shown, setShown] = useState(STEP)
  const element = useRef<HTMLDivElement>(null)
  const [all, ours] = [messages.value, said.value]
  const lines = useMemo(() => conversation(all, ours, person), [all, ours, person])
  useLayoutEffect(() => {
    element.current?.scrollTo(0, element.current.scrollHeight)
  }, [lines.length])
  const seen = lines.slice(-shown)
  return (
    <>
      {lines.length > shown && (
        <Button kind="bare" onPress={() => setShown(shown + STEP)}>
          {text.older}
        </Button>
      )}
      <div ref={element} class="talk" role="log" aria-label={text.messages} tabIndex={0}>
        {lines.length === 0 ? (
          <p class="quiet">{text.noMessages}</p>
        ) : (
          <ol class="stack">
            {seen.map((line) => (
              <li key={keyOf(line)} class={`talk-line ${line.kind}`}>
                <TalkLine line={line} isOfAll={person === undefined} />
              </li>
            ))}
          </ol>
        )}
      </div>
      <Composer person={person} />
    </>
  )
}

function keyOf(line: Line): string {
  return line.kind === 'came' ? `came-${line.message.id}` : `said-${line.said.id}`
}

function TalkLine({ line, isOfAll }: { readonly line: Line; readonly isOfAll: boolean }): JSX.Element {
  if (line.kind === 'said') {
    const { to, text: message } = line.said
    return (
      <>
        <p class="quiet small">
          {text.saidBy}, {printDate(line.at)}
          {isOfAll && <Names prefix={` · ${text.saidTo}`} people={to} />}
          {!isOfAll && `, ${to.every(({ isDelivered }) => isDelivered) ? text.delivered : text.waiting}`}
        </p>
        <Text text={message} />
      </>
    )
  }
  const { from, isProven, text: message } = line.message
  const sender = contacts.value.find((contact) => isFrom(contact, line.message))
  return (
    <>
      <p class="quiet small line">
        {isOfAll && sender !== undefined ? (
          <a href={hrefTo('people', String(sender.id))}>
            <Name text={sender.name} />
          </a>
        ) : (
          <Name text={from} />
        )}
        <span>{printDate(line.at)}</span>
        {!isProven && (
          <span class="badge warn" title={text.unprovenMessage}>
            {text.unproven}
          </span>
        )}
      </p>
      <Text text={message} />
    </>
  )
}

/** Lines stay lines; nothing in them reverses or hides what is around it. */
function Text({ text: message }: { readonly text: string }): JSX.Element {
  const clean = message.split(/\r\n|\r|\n/).map(printable)
  return (
    <p class="talk-text break" dir="auto">
      {clean.join('\n')}
    </p>
  )
}

function Names({ prefix, people }: { readonly prefix: string; readonly people: readonly Receiver[] }): JSX.Element {
  const more = people.length - MOST_NAMES
  return (
    <>
      {`${prefix} `}
      {people.slice(0, MOST_NAMES).map(({ name }, n) => (
        <span key={n}>
          {n > 0 && ', '}
          <Name text={name} isCut={false} />
        </span>
      ))}
      {more > 0 && ` ${text.andMore(more)}`}
    </>
  )
}

interface Told {
  readonly told: readonly { readonly name: string; readonly delivered: boolean }[]
}

function Composer({ person }: { readonly person: ContactRow | undefined }): JSX.Element {
  const [value, setValue] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const [result, setResult] = useState<readonly Receiver[]>()
  const isNobody = person === undefined && !contacts.value.some(({ isKept, trust }) => isKept && trust !== 'blocked')
  const isEmpty = value.trim() === ''
  const label = person === undefined ? text.toAll : text.messageTo(printable(person.name))
  const say = async (): Promise<void> => {
    if (isEmpty || isBusy) return
    setIsBusy(true)
    setValue('')
    const at = Math.floor(Date.now() / 1000) // an answer may be here before the call is over
    try {
      const to = person === undefined ? {} : { to: [wordFor(person)] }
      const { told } = await call<Told>('shoal_say', { text: value, ...to })
      const receivers = told.map(({ name, delivered }): Receiver => {
        const known = person ?? contacts.peek().find((contact) => contact.name === name)
        return { word: known === undefined ? name : wordFor(known), name, isDelivered: delivered }
      })
      noteSaid({ to: receivers, text: value, at })
      setResult(receivers)
    } catch (error) {
      tellError(error)
      setValue((typed) => (typed === '' ? value : `${value}\n${typed}`)) // it is not lost
    }
    setIsBusy(false)
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    void say()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    void say()
  }
  return (
    <form class="composer" onSubmit={submit}>
      <textarea
        class="input"
        rows={2}
        aria-label={label}
        placeholder={label}
        aria-describedby="composer-help"
        maxLength={MAX_TEXT}
        disabled={isNobody}
        value={value}
        onInput={(event) => setValue(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <Button kind="primary" icon="send" isSubmit isDisabled={isEmpty || isBusy || isNobody}>
        {text.sendMessage}
      </Button>
      <p id="composer-help" class="quiet small" role="status">
        {result === undefined ? text.messageHelp : <Outcome receivers={result} />}
      </p>
    </form>
  )
}

function Outcome({ receivers }: { readonly receivers: readonly Receiver[] }): JSX.Element {
  const away = receivers.filter(({ isDelivered }) => !isDelivered)
  return (
    <>
      {text.told(receivers.length - away.length)}{' '}
      {away.length > 0 && (
        <>
          <Names prefix={text.toldLater} people={away} />.{' '}
        </>
      )}
      {text.saidHelp}
    </>
  )
}
