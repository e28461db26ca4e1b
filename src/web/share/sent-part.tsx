// After sending: who is asked, who said yes, and who wants a PIN first.
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { TransferRow } from '../../daemon/rpc/types.ts'
import { printPercent } from '../format.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, Name, Progress } from '../parts/small.tsx'
import { asSentence, sentenceOf } from '../state/api.ts'
import { closeDialog } from '../state/dialogs.ts'
import { sent as allSent } from '../state/live.ts'
import { words } from '../words/words.ts'
import { isOver, send, type Sent } from './send-state.ts'

const text = words.share.send

interface SentPartProps {
  readonly sent: Sent
  /** Once more, with a PIN. */
  readonly onSent: (sent: Sent) => void
  readonly onShow: () => void
}

export function SentPart({ sent, onSent, onShow }: SentPartProps): JSX.Element {
  const [pin, setPin] = useState('')
  const [problem, setProblem] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  const rows = allSent.value.filter(({ id }) => sent.ids.includes(id))
  const wanting = rows.filter(({ isPinWanted }) => isPinWanted)
  const again = async (): Promise<void> => {
    if (pin === '' || isBusy) return
    setIsBusy(true)
    setProblem(undefined)
    try {
      const names = new Set(wanting.map(({ to }) => to))
      const once = await send(
        sent.paths,
        sent.to.filter(({ name }) => names.has(name)),
        pin,
      )
      const others = rows.filter(({ isPinWanted }) => !isPinWanted).map(({ id }) => id)
      setPin('')
      onSent({ ...sent, ids: [...others, ...once.ids] })
    } catch (error) {
      setProblem(sentenceOf(error))
    }
    setIsBusy(false)
  }
  const isAsking = wanting.length > 0
  const footer = (
    <>
      <Button onPress={onShow}>{words.share.show}</Button>
      {isAsking ? (
        <Button kind="primary" isSubmit isDisabled={pin === '' || isBusy}>
          {text.again}
        </Button>
      ) : (
        <Button kind="primary" onPress={closeDialog}>
          {words.close}
        </Button>
      )}
    </>
  )
  return (
    <Dialog title={text.sending} onClose={closeDialog} onSubmit={() => void again()} footer={footer}>
      <ul class="sent-to">
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </ul>
      {isAsking && <PinField pin={pin} problem={problem} onChange={setPin} />}
      {rows.some((row) => !isOver(row)) && <p class="quiet">{text.goesOn}</p>}
    </Dialog>
  )
}

interface PinFieldProps {
  readonly pin: string
  readonly problem: string | undefined
  readonly onChange: (pin: string) => void
}

function PinField({ pin, problem, onChange }: PinFieldProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  return (
    <Field label={text.pin} help={text.pinHelp} wrong={problem}>
      {(ids) => (
        <input
          {...ids}
          ref={input}
          class="input pin"
          autocomplete="off"
          value={pin}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

function Row({ row }: { readonly row: TransferRow }): JSX.Element {
  const { to, state, totalBytes, doneBytes, isPinWanted, error } = row
  const part = state === 'done' ? 1 : totalBytes === 0 ? 0 : doneBytes / totalBytes
  const isBad = state === 'failed' || state === 'declined'
  const says = isPinWanted ? text.pinWrong : error === '' ? text.states[state] : asSentence(error)
  return (
    <li class="making">
      <div class="making-head">
        <strong class="cut">
          <Name text={to} />
        </strong>
        <span class="number small">{printPercent(part)}</span>
      </div>
      <Progress value={part} label={text.states[state]} kind={isBad ? 'bad' : state === 'done' ? 'good' : 'plain'} />
      <p class={isBad ? 'small making-says bad' : 'small making-says quiet'} role="status">
        {says}
      </p>
    </li>
  )
}
