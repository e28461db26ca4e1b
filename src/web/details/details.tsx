// The inside of one torrent: below the list, or instead of it where there is no room for both. Which tab is open stands in
// the address (state/route.ts).
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Tabs } from '../parts/tabs.tsx'
import { go, replace } from '../state/route.ts'
import { words } from '../words/words.ts'
import { AboutTab } from './about-tab.tsx'
import { DetailsHead } from './details-head.tsx'
import { FilesTab } from './files-tab.tsx'
import { PeersTab } from './peers-tab.tsx'
import { PiecesTab } from './pieces-tab.tsx'
import { SpeedTab } from './speed-tab.tsx'
import { TrackersTab } from './trackers-tab.tsx'
import { useDetails } from './use-details.ts'

const text = words.details
const KEYS = ['files', 'pieces', 'peers', 'trackers', 'speed', 'about'] as const
const SCROLLING: readonly string[] = ['pieces', 'speed', 'about']
const TABS = KEYS.map((key) => ({ key, label: text.tabs[key] }))

interface DetailsProps {
  readonly hash: string
  /** Any other word is the first. */
  readonly tab: string
}

export function Details({ hash, tab }: DetailsProps): JSX.Element {
  const element = useRef<HTMLElement>(null)
  const [peer, setPeer] = useState<string>()
  const details = useDetails(hash, peer)
  const chosen = KEYS.find((key) => key === tab) ?? 'files'
  const close = (): void => {
    go('torrents')
    document.querySelector<HTMLElement>('.torrent-grid .window-list')?.focus()
  }
  useEffect(() => {
    // Where the list has gone, what had the keyboard has gone with it.
    if (document.activeElement === document.body) element.current?.querySelector<HTMLElement>('h2')?.focus()
  }, [])
  const onKeyDown = (event: KeyboardEvent): void => {
    const isElsewhere = event.target instanceof Element && event.target.closest('[popover], dialog') !== null
    if (event.key === 'Escape' && !isElsewhere) close()
  }
  const showPieces = (address: string): void => {
    setPeer(address)
    replace('torrents', hash, 'pieces')
  }
  return (
    <section ref={element} class="details" aria-label={text.title} onKeyDown={onKeyDown}>
      <DetailsHead hash={hash} details={details} onClose={close} />
      <Tabs
        id="details"
        label={text.tabs.label}
        tabs={TABS}
        chosen={chosen}
        onChoose={(key) => replace('torrents', hash, key)}
      />
      <div
        id="details-panel"
        class={`panel of-${chosen}`}
        role="tabpanel"
        aria-labelledby={`details-${chosen}`}
        // Lists inside scroll by themselves.
        tabIndex={SCROLLING.includes(chosen) ? 0 : undefined}
      >
        {chosen === 'files' && <FilesTab hash={hash} details={details} />}
        {chosen === 'pieces' && <PiecesTab details={details} peer={peer} onPeer={setPeer} />}
        {chosen === 'peers' && <PeersTab hash={hash} details={details} onShowPieces={showPieces} />}
        {chosen === 'trackers' && <TrackersTab hash={hash} details={details} />}
        {chosen === 'speed' && <SpeedTab hash={hash} />}
        {chosen === 'about' && <AboutTab hash={hash} details={details} />}
      </div>
    </section>
  )
}
