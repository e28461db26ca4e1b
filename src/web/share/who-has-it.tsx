// Live: peers of a torrent and how much of it each has, and what its trackers count.
import { effect } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { printPercent, printRate } from '../format.ts'
import { Name, Progress } from '../parts/small.tsx'
import { type TorrentDetails, watchDetails } from '../state/details.ts'
import { words } from '../words/words.ts'
import { countOf, type SeenPeer, seenPeers } from './seen-peers.ts'

const text = words.share.shared

interface Seen {
  readonly peers: readonly SeenPeer[]
  readonly trackers: NonNullable<TorrentDetails['trackers']>
  readonly isGone: boolean
}

const NOTHING: Seen = { peers: [], trackers: [], isGone: false }

export function WhoHasIt({ hash }: { readonly hash: string }): JSX.Element {
  const [{ peers, trackers, isGone }, setSeen] = useState(NOTHING)
  useEffect(() => {
    const { details, isGone: gone, close } = watchDetails(hash)
    const stop = effect(() => {
      const told = details.value
      const isOver = gone.value
      setSeen((before) => ({
        peers: seenPeers(before.peers, told.peers ?? []),
        trackers: told.trackers ?? [],
        isGone: isOver,
      }))
    })
    return () => {
      stop()
      close()
    }
  }, [hash])
  return (
    <section class="who-has-it" aria-label={text.who}>
      <h3>{text.who}</h3>
      <p class="quiet">{isGone ? text.gone : summary(peers, trackers)}</p>
      <ul aria-label={text.peers}>
        {peers.map((peer) => (
          <Peer key={peer.address} peer={peer} />
        ))}
      </ul>
    </section>
  )
}

function summary(peers: Seen['peers'], trackers: Seen['trackers']): string {
  const count = countOf(trackers)
  if (count !== undefined) return text.byTrackers(count.seeders, count.leechers)
  return peers.length === 0 ? text.nobody : words.people(peers.length)
}

function Peer({ peer }: { readonly peer: SeenPeer }): JSX.Element {
  const { address, client, progress, rate_upload: up, hasLeft } = peer
  const part = progress >= 1 ? text.hasAll : printPercent(progress)
  return (
    <li class={hasLeft ? 'who left' : 'who'}>
      <span class="two-lines">
        <span class="number">{address}</span>
        <span class="quiet small cut">
          <Name text={client} />
        </span>
      </span>
      <span class="quiet small number">{up > 0 && !hasLeft ? printRate(up) : ''}</span>
      <Progress value={progress} label={address} kind={progress >= 1 ? 'good' : hasLeft ? 'still' : 'plain'} />
      <span class="number small">{hasLeft && progress < 1 ? text.hasLeft(part) : part}</span>
    </li>
  )
}
