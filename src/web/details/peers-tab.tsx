// Who is connected for this torrent: a table to sort, and what can be done with each.
import type { ReadonlySignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { PeerDetail } from '../../daemon/rpc/page-types.ts'
import type { PingAnswer } from '../../daemon/rpc/types.ts'
import { printPercent, printRate, printSize } from '../format.ts'
import { MenuButton } from '../parts/menu.tsx'
import { Empty, Name, Progress } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { WindowList } from '../parts/window-list.tsx'
import { call } from '../state/api.ts'
import type { TorrentDetails } from '../state/details.ts'
import { copyText } from '../torrents/actions.ts'
import { words } from '../words/words.ts'
import { AddLine } from './add-line.tsx'
import { flagsInWords, inPeerOrder, PEER_COLUMNS, type PeerOrder, pressColumn } from './peer-order.ts'

const text = words.details
const WIDE = matchMedia('(min-width: 641px)')
/** As in details.css; on a phone a peer has two lines. */
const ROW = { wide: 40, narrow: 64 }

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

interface TableProps extends Omit<PeersTabProps, 'details'> {
  readonly peers: readonly PeerDetail[]
}

function PeerTable({ hash, peers, onShowPieces }: TableProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const [order, setOrder] = useState<PeerOrder>({ column: 'down', isDescending: true })
  const [isWide, setIsWide] = useState(WIDE.matches)
  useEffect(() => {
    const look = (): void => setIsWide(WIDE.matches)
    WIDE.addEventListener('change', look)
    return () => WIDE.removeEventListener('change', look)
  }, [])
  const rows = inPeerOrder(peers, order)
  const height = isWide ? ROW.wide : ROW.narrow
  return (
    <div class="peer-table" role="table" aria-label={text.peerList} aria-rowcount={rows.length + 1}>
      <div role="rowgroup">
        <div class="peer-row head" role="row" aria-rowindex={1}>
          {PEER_COLUMNS.map((column) => {
            const isNow = order.column === column
            const direction = order.isDescending ? 'descending' : 'ascending'
            return (
              <div key={column} role="columnheader" class={`of-${column}`} aria-sort={isNow ? direction : 'none'}>
                <button
                  type="button"
                  title={words.torrents.sortBy(text.peerColumns[column])}
                  onClick={() => setOrder(pressColumn(order, column))}
                >
                  {text.peerColumns[column]}
                  <span aria-hidden="true">{isNow ? (order.isDescending ? ' ↓' : ' ↑') : ''}</span>
                </button>
              </div>
            )
          })}
          <div role="columnheader" class="of-more">
            <span class="for-readers">{words.more}</span>
          </div>
        </div>
      </div>
      <WindowList
        element={element}
        count={rows.length}
        rowHeight={height}
        attributes={{ role: 'rowgroup', tabIndex: 0, 'aria-label': text.peerList }}
        row={(index) => {
          const peer = rows[index]
          if (peer === undefined) return null
          return (
            <div
              key={peer.address}
              class="peer-row at"
              role="row"
              aria-rowindex={index + 2}
              style={{ transform: `translateY(${index * height}px)`, height: `${height}px` }}
            >
              <PeerCells peer={peer} />
              <div role="cell" class="of-more">
                <PeerMenu hash={hash} address={peer.address} onShowPieces={onShowPieces} />
              </div>
            </div>
          )
        }}
      />
    </div>
  )
}

function PeerCells({ peer }: { readonly peer: PeerDetail }): JSX.Element {
  const { address, client, flags, progress, rate_download: down, rate_upload: up } = peer
  return (
    <>
      <div role="cell" class="of-address number cut">
        {address}
      </div>
      <div role="cell" class="of-client cut">
        <Name text={client || words.unknown} />
      </div>
      <div role="cell" class="of-flags">
        <abbr title={flagsInWords(flags)}>{flags || '–'}</abbr>
      </div>
      <div role="cell" class="of-progress">
        <Progress value={progress} label={text.peerColumns.progress} kind={progress >= 1 ? 'good' : 'plain'} />
        <span class="number">{printPercent(progress)}</span>
      </div>
      <div role="cell" class="of-down number">
        {down > 0 ? printRate(down) : ''}
      </div>
      <div role="cell" class="of-up number">
        {up > 0 ? printRate(up) : ''}
      </div>
      <div role="cell" class="of-total number">
        {`${printSize(peer.downloaded_bytes)} / ${printSize(peer.uploaded_bytes)}`}
      </div>
    </>
  )
}

interface PeerMenuProps extends Pick<PeersTabProps, 'hash' | 'onShowPieces'> {
  readonly address: string
}

function PeerMenu({ hash, address, onShowPieces }: PeerMenuProps): JSX.Element {
  const ping = async (): Promise<void> => {
    tell(text.pinging(address))
    const { connectMs, answerMs } = await call<PingAnswer>('shoal_ping', { id: hash, peer: address })
    tell(text.pinged(address, connectMs, answerMs))
  }
  const disconnect = async (): Promise<void> => {
    await call('shoal_disconnect', { id: hash, peer: address })
    tell(text.disconnected(address))
  }
  return (
    <MenuButton
      label={text.peerActions(address)}
      icon="more"
      entries={[
        { label: text.showPieces, icon: 'info', onPress: () => onShowPieces(address) },
        { label: text.ping, icon: 'gauge', onPress: () => void ping().catch(tellError) },
        { label: text.copyAddress, icon: 'copy', onPress: () => void copyText(address).catch(tellError) },
        'line',
        { label: text.disconnect, icon: 'close', isDanger: true, onPress: () => void disconnect().catch(tellError) },
      ]}
    />
  )
}
