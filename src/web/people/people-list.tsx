// Who is known, who is near, and who was: a list of any length, with ways to messages and transfers above it.
import type { JSX } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { Button } from '../parts/button.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { WindowList } from '../parts/window-list.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import { contacts, isPeopleLoaded } from '../state/live.ts'
import { hrefTo } from '../state/route.ts'
import { words } from '../words/words.ts'
import { SEEN_AGAIN_SEC } from './contact-list.ts'
import { useNow } from '../parts/use-now.ts'
import { peopleRows } from './contact-list.ts'
import { PersonRow } from './person-row.tsx'
import { YouCard } from './you-card.tsx'

const text = words.folk
/** Headings too. */
const ROW_HEIGHT = 60

export function PeopleList({ chosen }: { readonly chosen: string | undefined }): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const now = useNow(SEEN_AGAIN_SEC).value
  const all = contacts.value
  const rows = useMemo(() => peopleRows(all, now), [all, now])
  return (
    <div class="people-side">
      <YouCard />
      <nav class="people-nav" aria-label={text.list}>
        <ul>
          <Place to="messages" icon="message" label={text.messages} isHere={chosen === 'messages'} />
          <Place to="transfers" icon="send" label={text.transfers} isHere={chosen === 'transfers'} />
        </ul>
        {rows.length === 0 && isPeopleLoaded.value && (
          <div class="people-nobody">
            <p>{text.nobody}</p>
            <p class="quiet small">{text.nobodyHow}</p>
          </div>
        )}
        <WindowList
          element={element}
          count={rows.length}
          rowHeight={ROW_HEIGHT}
          row={(index) => {
            const row = rows[index]
            if (row === undefined) return null
            const style = { top: `${index * ROW_HEIGHT}px`, height: `${ROW_HEIGHT}px` }
            if (row.kind === 'person') {
              const { contact } = row
              return (
                <PersonRow
                  key={contact.id}
                  contact={contact}
                  now={now}
                  isChosen={chosen === String(contact.id)}
                  style={style}
                />
              )
            }
            return (
              <div key={row.group} class="people-heading" style={style}>
                <h2>{text.groups[row.group]}</h2>
                <span class="quiet small number">{row.count}</span>
              </div>
            )
          }}
        />
      </nav>
      <Scan />
    </div>
  )
}

interface PlaceProps {
  readonly to: string
  readonly icon: IconName
  readonly label: string
  readonly isHere: boolean
}

function Place({ to, icon, label, isHere }: PlaceProps): JSX.Element {
  return (
    <li>
      <a class="people-place" href={hrefTo('people', to)} aria-current={isHere ? 'page' : undefined}>
        <Icon name={icon} />
        {label}
      </a>
    </li>
  )
}

/** Where announcements do not get through, every address is called. */
function Scan(): JSX.Element {
  const [isBusy, setIsBusy] = useState(false)
  const scan = async (): Promise<void> => {
    setIsBusy(true)
    const before = new Map(contacts.peek().map(({ id, seenAt }) => [id, seenAt]))
    try {
      const { contacts: found } = await call<{ contacts: readonly ContactRow[] }>('shoal_contacts', { scan: true })
      tell(text.scanned(found.filter(({ id, seenAt }) => seenAt > (before.get(id) ?? 0)).length))
    } catch (error) {
      tellError(error)
    }
    setIsBusy(false)
  }
  return (
    <div class="people-scan line">
      <span class="quiet small grow">{text.missing}</span>
      <Button onPress={() => void scan()} isDisabled={isBusy}>
        {isBusy ? text.scanning : text.scan}
      </Button>
    </div>
  )
}
