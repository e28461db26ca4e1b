// Who is connected for this torrent, and a line to add one by hand.
import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Empty } from '../parts/small.tsx'
import { tell } from '../parts/toast.tsx'
import { call } from '../state/api.ts'
import type { TorrentDetails } from '../state/details.ts'
import { words } from '../words/words.ts'
import { AddLine } from './add-line.tsx'
import { PeerTable } from './peer-table.tsx'

const text = words.details

interface PeersTabProps {
  readonly hash: string
  readonly details: ReadonlySignal<TorrentDetails>
  readonly onShowPieces: (address: string) => void
}

export function PeersTab({ hash, details, onShowPieces }: PeersTabProps): JSX.Element {
  const { peers } = details.value
  const add = async (peer: string): Promise<void> => {
    await call('shoal_connect', { id: hash, peer })
    tell(text.peerAdded(peer))
  }
  return (
    <>
      {peers === undefined ? (
        <p class="empty quiet">{words.loading}</p>
      ) : peers.length === 0 ? (
        <Empty icon="people" title={text.noPeers}>
          <p class="quiet">{text.noPeersHow}</p>
        </Empty>
      ) : (
        <PeerTable hash={hash} peers={peers} onShowPieces={onShowPieces} />
      )}
      <AddLine label={text.addPeer} hint={text.addPeerHint} onAdd={add} />
    </>
  )
}
