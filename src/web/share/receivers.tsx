// People to choose from: who is known, and who is nearby.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { Name, Notice } from '../parts/small.tsx'
import { contacts, session } from '../state/live.ts'
import { hrefTo } from '../state/route.ts'
import { closeDialog } from '../state/dialogs.ts'
import { words } from '../words/words.ts'
import { receivers } from './send-state.ts'

const text = words.share.send
/** Fewer need no search. */
const FEW = 6

interface ReceiversProps {
  /** Numbers of contacts. */
  readonly chosen: ReadonlySet<number>
  readonly onChange: (chosen: ReadonlySet<number>) => void
}

export function Receivers({ chosen, onChange }: ReceiversProps): JSX.Element {
  const [find, setFind] = useState('')
  const all = receivers(contacts.value, '')
  const shown = receivers(contacts.value, find)
  const choose = (id: number, isOn: boolean): void => {
    const next = new Set(chosen)
    if (isOn) next.add(id)
    else next.delete(id)
    onChange(next)
  }
  if (session.value?.is_direct_on === false) return <Notice kind="warn">{text.isOff}</Notice>
  return (
    <fieldset class="receivers">
      <legend class="label">{text.whom}</legend>
      {all.length > FEW && (
        <input
          class="input"
          type="search"
          placeholder={text.find}
          aria-label={text.find}
          value={find}
          onInput={(event) => setFind(event.currentTarget.value)}
        />
      )}
      {all.length === 0 && (
        <p class="quiet">
          {text.nobody}{' '}
          <a href={hrefTo('people')} onClick={closeDialog}>
            {text.toTheirPage}
          </a>
        </p>
      )}
      {all.length > 0 && shown.length === 0 && <p class="quiet">{text.noMatch}</p>}
      <ul>
        {shown.map((contact) => (
          <li key={contact.id}>
            <Receiver contact={contact} isChosen={chosen.has(contact.id)} onChange={choose} />
          </li>
        ))}
      </ul>
    </fieldset>
  )
}

interface ReceiverProps {
  readonly contact: ContactRow
  readonly isChosen: boolean
  readonly onChange: (id: number, isOn: boolean) => void
}

function Receiver({ contact: { id, name, isKept, kind, trust }, isChosen, onChange }: ReceiverProps): JSX.Element {
  return (
    <label class={isChosen ? 'receiver chosen' : 'receiver'}>
      <input type="checkbox" checked={isChosen} onChange={(event) => onChange(id, event.currentTarget.checked)} />
      <span class="two-lines">
        <Name text={name} />
        <span class="quiet small">
          {isKept ? text.kept : text.nearby} · {words.folk.kinds[kind]}
          {trust === 'trusted' && ` · ${text.trusted}`}
        </span>
      </span>
    </label>
  )
}
