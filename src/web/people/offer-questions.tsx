// Files that somebody wants to give: asked about over everything else, wherever the reader is. Who is busy in a dialog is told
// above it, and goes on typing until he wants to look.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { openDialogs } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { Inside } from '../parts/inside.tsx'
import { offers } from '../state/live.ts'
import { words } from '../words/words.ts'
import { watchNews } from './news.ts'
import { OfferQuestion } from './offer-question.tsx'
import { answered, keyOf, nextOffer, putOff } from './offer-queue.ts'

const text = words.folk

export function OfferQuestions(): JSX.Element | null {
  const [looked, setLooked] = useState<string>()
  useEffect(watchNews, [])
  const offer = nextOffer(offers.value, putOff.value, answered.value)
  if (offer === undefined) return null
  const key = keyOf(offer)
  const other = openDialogs.value.findLast((dialog) => dialog.getAttribute('role') !== 'alertdialog')
  if (other === undefined || looked === key) {
    return <OfferQuestion key={key} offer={offer} onOpen={() => setLooked(key)} />
  }
  return (
    <Inside key={key} element={other}>
      <div class="offer-banner" role="alert">
        <Icon name="download" />
        <p class="break">{text.offerArrived(offer.from, offer.fileCount)}</p>
        <Button kind="primary" onPress={() => setLooked(key)}>
          {text.answer}
        </Button>
      </div>
    </Inside>
  )
}
