// People: who is known and who is near on the left, and on the right one of them, all messages, or what was sent and
// received. On a phone one after the other.
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Icon } from '../parts/icon.tsx'
import { Empty } from '../parts/small.tsx'
import { contacts, isPeopleLoaded, session } from '../state/live.ts'
import { hrefTo } from '../state/route.ts'
import { words } from '../words/words.ts'
import { ContactPage } from './contact-page.tsx'
import { MessagesPage } from './messages-page.tsx'
import { PeopleList } from './people-list.tsx'
import { PeopleTools } from './people-tools.tsx'
import { TransfersPage } from './transfers-page.tsx'

const text = words.folk
const NARROW = matchMedia('(max-width: 760px)') // as in people.css

export function PeoplePage({ chosen }: { readonly chosen: string | undefined }): JSX.Element {
  useEffect(() => {
    // What was pressed is not to be seen any more there.
    if (chosen !== undefined && NARROW.matches) document.getElementById('people-title')?.focus()
  }, [chosen])
  if (session.value?.is_direct_on === false) return <Off />
  return (
    <div class={chosen === undefined ? 'people-page' : 'people-page with-chosen'}>
      <header class="people-head">
        <h1>{text.title}</h1>
        <PeopleTools />
      </header>
      <PeopleList chosen={chosen} />
      <section class="people-main scroll">
        <div class="column">
          <a class="button bare people-back" href={hrefTo('people')}>
            <Icon name="back" />
            {text.back}
          </a>
          <Chosen chosen={chosen} />
        </div>
      </section>
    </div>
  )
}

function Chosen({ chosen }: { readonly chosen: string | undefined }): JSX.Element | null {
  if (chosen === undefined || chosen === 'transfers') return <TransfersPage />
  if (chosen === 'messages') return <MessagesPage />
  const contact = contacts.value.find(({ id }) => String(id) === chosen)
  if (contact !== undefined) return <ContactPage key={contact.id} contact={contact} />
  if (!isPeopleLoaded.value) return null
  return (
    <Empty icon="user" title={text.gone}>
      <p class="quiet">{text.goneHow}</p>
    </Empty>
  )
}

function Off(): JSX.Element {
  return (
    <div class="scroll">
      <h1 class="for-readers">{text.title}</h1>
      <Empty icon="people" title={text.title}>
        <p class="quiet">{text.off}</p>
        <a class="button" href={hrefTo('settings', 'people')}>
          {text.toSettings}
        </a>
      </Empty>
    </div>
  )
}
