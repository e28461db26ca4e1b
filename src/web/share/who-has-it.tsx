// Live: peers of a torrent and how much of it each has, and what its trackers count.
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { PeerDetail } from '../../daemon/rpc/page-types.ts'
import { printPercent, printRate } from '../format.ts'
import { Name, Progress } from '../parts/small.tsx'
import { type TorrentDetails, type WatchedDetails, watchDetails } from '../state/details.ts'
import { words } from '../words.ts'
import { countOf } from './tracker-count.ts'

const text = words.share.shared
/** More lines help nobody: those with the most of it come first. */
const MOST = 50

export function WhoHasIt({ hash }: { readonly hash: string }): JSX.Element {
  const [watched, setWatched] = useState<WatchedDetails>()
  useEffect(() => {
    const opened = watchDetails(hash)
    setWatched(opened)
    return () => opened.close()
  }, [hash])
  const details: TorrentDetails = watched?.details.value ?? {}
  const peers = (details.peers ?? []).toSorted((a, b) => b.progress - a.progress)
  const count = countOf(details.trackers ?? [])
  return (
    <section class="who-has-it" aria-label={text.who}>
      <h3>{text.who}</h3>
      <p class="quiet">
        {watched?.isGone.value === true
          ? text.gone
          : count !== undefined
            ? text.byTrackers(count.seeders, count.leechers)
            : peers.length === 0
              ? text.nobody
              : words.people(peers.length)}
      </p>
      <ul aria-label={text.peers}>
        {peers.slice(0, MOST).map((peer) => (
          <Peer key={peer.address} peer={peer} />
        ))}
      </ul>
    </section>
  )
}

function Peer({ peer: { address, client, progress, rate_upload: up } }: { readonly peer: PeerDetail }): JSX.Element {
  return (
    <li class="who">
      <span class="two-lines">
        <span class="number">{address}</span>
        <span class="quiet small cut">
          <Name text={client} />
        </span>
      </span>
      <span class="quiet small number">{up > 0 ? printRate(up) : ''}</span>
      <Progress value={progress} label={address} kind={progress >= 1 ? 'good' : 'plain'} />
      <span class="number small">{progress >= 1 ? text.hasAll : printPercent(progress)}</span>
    </li>
  )
}
