// One torrent in detail, as the daemon tells it once a second while somebody looks: files, peers, trackers, pieces, facts.
import { type ReadonlySignal, signal } from '@preact/signals'
import type {
  DetailsEvent,
  FileDetail,
  PeerDetail,
  PieceMap,
  TorrentFacts,
  TrackerDetail,
} from '../../daemon/rpc/page-types.ts'
import { withProgress } from './details-progress.ts'

/** What was told last; absent: not told yet. */
export interface TorrentDetails {
  readonly files?: readonly FileDetail[]
  readonly peers?: readonly PeerDetail[]
  readonly trackers?: readonly TrackerDetail[]
  readonly map?: PieceMap
  readonly facts?: TorrentFacts
}

export interface WatchedDetails {
  readonly details: ReadonlySignal<TorrentDetails>
  /** The torrent was removed; nothing more is told. */
  readonly isGone: ReadonlySignal<boolean>
  /** To be called once nobody looks any more. */
  readonly close: () => void
}

const AGAIN_MS = 2_000
/** Nobody looks at a page so long hidden; a browser has only six connections to a daemon. */
const HIDDEN_MS = 30_000

interface SharedStream {
  readonly watched: WatchedDetails
  lookers: number
}

/** By query. One stream for all who look at the same; it leaves with the last of them, or with the torrent. */
const streams = new Map<string, SharedStream>()

/** `peer`: `ip:port`, of whom `map.peer` shall tell what it has. Opened again by itself when the connection breaks. */
export function watchDetails(hash: string, peer?: string): WatchedDetails {
  const query = new URLSearchParams({ id: hash, ...(peer !== undefined && { peer }) }).toString()
  const stream = streams.get(query) ?? openShared(query)
  stream.lookers++
  let isLooking = true
  const close = (): void => {
    if (!isLooking) return
    isLooking = false
    if (--stream.lookers > 0) return
    stream.watched.close()
    forget(query, stream)
  }
  return { ...stream.watched, close }
}

function openShared(query: string): SharedStream {
  // Who looks from now on may find a torrent of the same info-hash that was added anew.
  const watched = openStream(query, () => forget(query, stream))
  const stream: SharedStream = { watched, lookers: 0 }
  streams.set(query, stream)
  return stream
}

function forget(query: string, stream: SharedStream): void {
  if (streams.get(query) === stream) streams.delete(query)
}

function openStream(query: string, onGone: () => void): WatchedDetails {
  const details = signal<TorrentDetails>({})
  const isGone = signal(false)
  let source: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let hiding: ReturnType<typeof setTimeout> | undefined

  const pause = (): void => {
    clearTimeout(again)
    source?.close()
    source = undefined
  }
  const open = (): void => {
    pause()
    const opened = new EventSource(`/events/torrent?${query}`)
    source = opened
    opened.addEventListener('details', ({ data }: MessageEvent<string>) => {
      details.value = merged(details.peek(), JSON.parse(data) as DetailsEvent)
    })
    opened.addEventListener('gone', () => {
      isGone.value = true
      close()
      onGone()
    })
    opened.onerror = () => {
      pause()
      again = setTimeout(open, AGAIN_MS)
    }
  }
  const onVisibility = (): void => {
    clearTimeout(hiding)
    if (document.hidden) hiding = setTimeout(pause, HIDDEN_MS)
    else if (source === undefined) open()
  }
  const close = (): void => {
    document.removeEventListener('visibilitychange', onVisibility)
    clearTimeout(hiding)
    pause()
  }
  document.addEventListener('visibilitychange', onVisibility)
  open()
  return { details, isGone, close }
}

function merged(before: TorrentDetails, { progress, ...told }: DetailsEvent): TorrentDetails {
  const files = told.files ?? before.files
  const after = { ...before, ...told }
  return files === undefined || progress === undefined ? after : { ...after, files: withProgress(files, progress) }
}
