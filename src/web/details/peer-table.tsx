// Peers of a torrent: a table to sort, and what can be done with each.
import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { PeerDetail } from '../../daemon/rpc/page-types.ts'
import type { PingAnswer } from '../../daemon/rpc/types.ts'
import { printPercent, printRate, printSize } from '../format.ts'
import { copyText } from '../parts/copy-text.ts'
import { Icon } from '../parts/icon.tsx'
import { Menu, type MenuEntry } from '../parts/menu.tsx'
import { Name, Progress } from '../parts/small.tsx'
import { tell, tellError } from '../parts/toast.tsx'
import { useWide } from '../parts/use-wide.ts'
import { WindowList } from '../parts/window-list.tsx'
import { call } from '../state/api.ts'
import { words } from '../words/words.ts'
import { flagsInWords, inKeptOrder, inPeerOrder, PEER_COLUMNS, type PeerOrder, pressColumn } from './peer-order.ts'

const text = words.details
/** As in details.css; on a phone a peer has two lines. */
const ROW = { wide: 40, narrow: 64 }

interface TableProps {
  readonly hash: string
  readonly peers: readonly PeerDetail[]
  readonly onShowPieces: (address: string) => void
}

interface OpenMenu {
  readonly address: string
  readonly x: number
  readonly y: number
}

export function PeerTable({ hash, peers, onShowPieces }: TableProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null)
  const [order, setOrder] = useState<PeerOrder>({ column: 'down', isDescending: true })
  const [menu, setMenu] = useState<OpenMenu>()
  const [hasKeyboard, setHasKeyboard] = useState(false)
  const shown = useRef<readonly string[]>([])
  // A row that moves in the page loses the keyboard, and its menu closes.
  const isKept = hasKeyboard || menu !== undefined
  const rows = isKept ? inKeptOrder(peers, shown.current) : inPeerOrder(peers, order)
  shown.current = rows.map(({ address }) => address)
  const height = useWide() ? ROW.wide : ROW.narrow
  const openMenu = (address: string, { currentTarget }: MouseEvent): void => {
    if (!(currentTarget instanceof HTMLElement)) return
    const { left, bottom } = currentTarget.getBoundingClientRect()
    setMenu({ address, x: left, y: bottom + 4 })
  }
  return (
    <>
      <div class="peer-table" role="table" aria-label={text.peerList} aria-rowcount={rows.length + 1}>
        <HeadRow order={order} onOrder={setOrder} />
        <WindowList
          element={element}
          count={rows.length}
          rowHeight={height}
          attributes={{
            role: 'rowgroup',
            tabIndex: 0,
            'aria-label': text.peerList,
            // The list itself may have it for scrolling.
            onFocusIn: ({ target, currentTarget }) => setHasKeyboard(target !== currentTarget),
            onFocusOut: () => setHasKeyboard(false),
          }}
          row={(index) => {
            const peer = rows[index]
            if (peer === undefined) return null
            return (
              <div
                key={peer.address}
                class="peer-row at"
                role="row"
                aria-rowindex={index + 2}
                style={{ top: `${index * height}px`, height: `${height}px` }}
              >
                <PeerCells peer={peer} />
                <div role="cell" class="of-more">
                  <button
                    type="button"
                    class="button icon bare"
                    aria-haspopup="menu"
                    aria-expanded={menu?.address === peer.address}
                    aria-label={text.peerActions(peer.address)}
                    title={text.peerActions(peer.address)}
                    onClick={(event) => openMenu(peer.address, event)}
                  >
                    <Icon name="more" />
                  </button>
                </div>
              </div>
            )
          }}
        />
      </div>
      {menu !== undefined && (
        <Menu
          key={menu.address}
          entries={menuOf(hash, menu.address, onShowPieces)}
          at={menu}
          // Another one may have been opened, by the press that closed this.
          onClose={() => setMenu((now) => (now === menu ? undefined : now))}
        />
      )}
    </>
  )
}

interface HeadProps {
  readonly order: PeerOrder
  readonly onOrder: (order: PeerOrder) => void
}

function HeadRow({ order, onOrder }: HeadProps): JSX.Element {
  return (
    <div role="rowgroup">
      <div class="peer-row head list-head" role="row" aria-rowindex={1}>
        {PEER_COLUMNS.map((column) => {
          const isNow = order.column === column
          const direction = order.isDescending ? 'descending' : 'ascending'
          return (
            <div key={column} role="columnheader" class={`of-${column}`} aria-sort={isNow ? direction : 'none'}>
              <button
                type="button"
                title={words.torrents.sortBy(text.peerColumns[column])}
                onClick={() => onOrder(pressColumn(order, column))}
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

function menuOf(hash: string, address: string, onShowPieces: TableProps['onShowPieces']): MenuEntry[] {
  const ping = async (): Promise<void> => {
    tell(text.pinging(address))
    const { connectMs, answerMs } = await call<PingAnswer>('shoal_ping', { id: hash, peer: address })
    tell(text.pinged(address, connectMs, answerMs))
  }
  const disconnect = async (): Promise<void> => {
    await call('shoal_disconnect', { id: hash, peer: address })
    tell(text.disconnected(address))
  }
  return [
    { label: text.showPieces, icon: 'info', onPress: () => onShowPieces(address) },
    { label: text.ping, icon: 'gauge', onPress: () => void ping().catch(tellError) },
    { label: text.copyAddress, icon: 'copy', onPress: () => void copyText(address).catch(tellError) },
    'line',
    { label: text.disconnect, icon: 'close', isDanger: true, onPress: () => void disconnect().catch(tellError) },
  ]
}
