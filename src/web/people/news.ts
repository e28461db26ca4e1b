// What happens among people while the reader is elsewhere: a number in the title, a note in the corner, and a
// notification of the system if it was allowed.
import { effect } from '@preact/signals'
import type { MessageRow, OfferRow } from '../../daemon/rpc/types.ts'
import { tell } from '../parts/toast.tsx'
import { contacts, isPeopleLoaded, messages, offers } from '../state/live.ts'
import { go, route } from '../state/route.ts'
import { words } from '../words/words.ts'
import { answered, isAsking, keyOf, onlyAsking, putOff } from './offer-queue.ts'
import { isFrom, newMessages } from './talking.ts'

const text = words.folk

/** Until the returned function is called. */
export function watchNews(): () => void {
  const stops = [effect(showCount), watchOffers(), watchMessages()]
  return () => stops.forEach((stop) => stop())
}

function showCount(): void {
  document.title = text.documentTitle(offers.value.filter(isAsking).length)
}

function watchOffers(): () => void {
  let asking = new Map<string, OfferRow>()
  return effect(() => {
    const now = offers.value
    for (const [key, { from, id }] of asking) {
      const isGone = now.some((offer) => offer.id === id && offer.state === 'cancelled')
      if (isGone && !answered.peek().has(key)) tell(text.offerGone(from))
    }
    const before = asking
    asking = new Map(now.filter(isAsking).map((offer) => [keyOf(offer), offer]))
    for (const [key, offer] of asking) {
      if (!before.has(key)) notify(`offer-${offer.id}`, text.offerArrived(offer.from, offer.fileCount))
    }
    putOff.value = onlyAsking(putOff.peek(), now)
    answered.value = onlyAsking(answered.peek(), now)
  })
}

function watchMessages(): () => void {
  let last: number | undefined
  return effect(() => {
    const now = messages.value
    if (!isPeopleLoaded.value) return
    for (const message of newMessages(now, last)) showMessage(message)
    last = now.reduce((most, { id }) => Math.max(most, id), last ?? 0)
  })
}

function showMessage(message: MessageRow): void {
  const sender = contacts.peek().find((contact) => isFrom(contact, message))
  const place = sender === undefined ? 'messages' : String(sender.id)
  const line = text.newMessage(message.from, message.text)
  notify(`message-${message.id}`, line)
  const [where, who] = route.peek()
  if (where === 'people' && (who === place || who === 'messages')) return // it is read where it appears
  tell(line, { label: text.show, onPress: () => go('people', place) })
}

export const canNotify = typeof Notification === 'function' && isSecureContext

/** Only while the reader looks at something else. */
function notify(tag: string, line: string): void {
  if (!canNotify || Notification.permission !== 'granted' || document.hasFocus()) return
  try {
    const shown = new Notification('Shoal', { tag, body: line, icon: '/assets/icon.svg' })
    shown.onclick = () => {
      window.focus()
      shown.close()
    }
  } catch {
    // Phones let only service workers do it: the title and the question are there all the same.
  }
}
