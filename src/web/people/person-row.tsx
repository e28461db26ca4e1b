// Somebody in the list. Files that are dropped here are sent; the button beside the name does the same.
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { printable } from '../../core/printable.ts'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { hasFiles } from '../drop-target.tsx'
import { IconButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Name } from '../parts/small.tsx'
import { tellError } from '../parts/toast.tsx'
import { droppedFiles } from '../share/dropped-files.ts'
import { openDialog } from '../state/dialogs.ts'
import { hrefTo } from '../state/route.ts'
import { words } from '../words/words.ts'
import { firstLetter, seenText } from './contact-list.ts'

const text = words.folk

interface PersonRowProps {
  readonly contact: ContactRow
  readonly now: number
  readonly isChosen: boolean
  readonly style: { readonly top: string; readonly height: string }
}

export function PersonRow({ contact, now, isChosen, style }: PersonRowProps): JSX.Element {
  const { id, name, fingerprint, kind, trust, seenAt } = contact
  const [isOver, setIsOver] = useState(false)
  const canSend = trust !== 'blocked'
  const over = (event: DragEvent): void => {
    if (hasFiles(event)) setIsOver(canSend)
  }
  const leave = (event: DragEvent & { currentTarget: Element }): void => {
    const to = event.relatedTarget
    if (!(to instanceof Node && event.currentTarget.contains(to))) setIsOver(false)
  }
  const drop = async (event: DragEvent): Promise<void> => {
    setIsOver(false)
    if (!canSend || event.dataTransfer === null || !hasFiles(event)) return
    event.preventDefault() // the page's own drop, which comes next, shares with everybody
    const files = await droppedFiles(event.dataTransfer)
    if (files.length > 0) openDialog({ kind: 'send', to: [name], files })
  }
  // Before it was met nobody knows what it is.
  const about = fingerprint === null ? text.seenNever : `${text.kinds[kind]}, ${seenText(seenAt, now)}`
  const classes = ['person-row', isChosen ? 'chosen' : '', isOver ? 'over' : ''].join(' ')
  return (
    <div
      class={classes}
      style={style}
      onDragOver={over}
      onDragLeave={leave}
      onDrop={(event) => void drop(event).catch(tellError)}
    >
      <a href={hrefTo('people', String(id))} aria-current={isChosen ? 'page' : undefined}>
        <span class="avatar" aria-hidden="true">
          {firstLetter(name)}
        </span>
        <span class="two-lines">
          <Name text={name} />
          <span class="quiet small cut">{isOver ? text.dropHere : about}</span>
        </span>
        {trust !== 'unknown' && (
          <span class={`person-trust ${trust}`} title={text.trust[trust]}>
            <Icon name={trust === 'trusted' ? 'shield' : 'close'} />
            <span class="for-readers">{text.trust[trust]}</span>
          </span>
        )}
      </a>
      {canSend && (
        <IconButton
          icon="send"
          label={text.sendTo(printable(name))}
          onPress={() => openDialog({ kind: 'send', to: [name] })}
        />
      )}
    </div>
  )
}
