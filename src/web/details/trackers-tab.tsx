// Trackers of a torrent: what each said, when it is asked again, and others to add.
import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { TrackerDetail } from '../../daemon/rpc/page-types.ts'
import { printable } from '../../core/printable.ts'
import { printDuration } from '../format.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { Empty, Name } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import type { TorrentDetails } from '../state/details.ts'
import { words } from '../words/words.ts'
import { AddLine } from './add-line.tsx'
import { useNow } from '../parts/use-now.ts'

const text = words.details
const KINDS: Readonly<Record<TrackerDetail['state'], string>> = {
  waiting: '',
  announcing: 'accent',
  working: 'good',
  failed: 'bad',
  stopped: '',
}

interface TrackersTabProps {
  readonly hash: string
  readonly details: ReadonlySignal<TorrentDetails>
}

export function TrackersTab({ hash, details }: TrackersTabProps): JSX.Element {
  const { trackers } = details.value
  const now = useNow()
  const change = (params: object, done: string): Promise<void> =>
    call('torrent_set', { ids: hash, ...params }).then(() => tell(done))
  const announce = (): void => {
    call('torrent_reannounce', { ids: hash }).then(() => tell(text.announced), tellError)
  }
  return (
    <>
      {trackers === undefined ? (
        <p class="empty quiet">{words.loading}</p>
      ) : trackers.length === 0 ? (
        <Empty icon="search" title={text.noTrackers}>
          <p class="quiet">{text.noTrackersHow}</p>
        </Empty>
      ) : (
        <ul class="trackers" aria-label={text.trackerList} tabIndex={0}>
          {trackers.map((tracker) => (
            <Tracker
              key={tracker.url}
              tracker={tracker}
              now={now}
              // By its URL: numbers count anew after each change, also after one that is not shown yet.
              onRemove={() => void change({ tracker_remove: [tracker.url] }, text.trackerRemoved).catch(tellError)}
            />
          ))}
        </ul>
      )}
      <AddLine
        label={text.addTracker}
        hint={text.addTrackerHint}
        onAdd={(url) => change({ tracker_add: [url] }, text.trackerAdded)}
      >
        <Button icon="people" isDisabled={(trackers?.length ?? 0) === 0} onPress={announce}>
          {text.announceNow}
        </Button>
      </AddLine>
    </>
  )
}

interface TrackerProps {
  readonly tracker: TrackerDetail
  readonly now: ReadonlySignal<number>
  readonly onRemove: () => void
}

function Tracker({ tracker, now, onRemove }: TrackerProps): JSX.Element {
  const { url, tier, state, message, seeders, leechers, peers, next_at: nextAt } = tracker
  return (
    <li class="tracker">
      <span class={`badge ${KINDS[state]}`}>{text.trackerStates[state]}</span>
      <div class="of-what">
        <Name text={url} />
        {message !== '' && (
          <span class={state === 'failed' ? 'small problem' : 'small'}>
            <Name text={message} isCut={false} />
          </span>
        )}
        <span class="tracker-facts small quiet number">
          <span>{text.tier(tier + 1)}</span>
          {seeders !== null && <span>{text.seeders(seeders)}</span>}
          {leechers !== null && <span>{text.leechers(leechers)}</span>}
          {peers > 0 && <span>{text.peersGiven(peers)}</span>}
          {nextAt !== null && <Next at={nextAt} now={now} />}
        </span>
      </div>
      <IconButton icon="trash" label={text.removeTracker(printable(url))} onPress={onRemove} />
    </li>
  )
}

/** Reads the clock by itself: each second draws these words anew, and nothing else. */
function Next({ at, now }: { readonly at: number; readonly now: ReadonlySignal<number> }): JSX.Element {
  const left = at - now.value
  return <span>{left < 1 ? text.nextNow : text.nextIn(printDuration(left))}</span>
}
