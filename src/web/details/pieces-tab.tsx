// Which pieces are here, which are coming, and with how many peers the others are; and what one peer has.
import { type ReadonlySignal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import type { PeerDetail, PieceMap } from '../../daemon/rpc/page-types.ts'
import { printable } from '../../core/printable.ts'
import { printPieceLength } from '../../core/sizes.ts'
import { printPercent } from '../format.ts'
import { Empty, Field } from '../parts/small.tsx'
import type { TorrentDetails } from '../state/details.ts'
import { words } from '../words/words.ts'
import { PieceCanvas } from './piece-canvas.tsx'
import {
  type CellLook,
  cellLook,
  type Counted,
  countPieces,
  type PieceCells,
  piecesOfCell,
  rarest,
  readMap,
} from './piece-cells.ts'

const text = words.details
const OWN_HEIGHT = 200
const PEER_HEIGHT = 120
const LEGEND = [
  ['here', text.legendHere],
  ['active', text.legendActive],
  ['many', text.legendMany],
  ['few', text.legendFew],
  ['nobody', text.legendNobody],
] as const

interface PiecesTabProps {
  readonly details: ReadonlySignal<TorrentDetails>
  readonly peer: string | undefined
  readonly onPeer: (peer: string | undefined) => void
}

export function PiecesTab({ details, peer, onPeer }: PiecesTabProps): JSX.Element {
  const { map, peers = [] } = details.value
  if (map === undefined) return <p class="empty quiet">{words.loading}</p>
  if (map.pieces === 0) return <Empty icon="search" title={text.waitingForMetadata} />
  return (
    <div class="stack">
      <Own map={map} />
      <PeerChoice peers={peers} peer={peer} onPeer={onPeer} />
      {peer !== undefined && <OfPeer map={map} peer={peer} />}
    </div>
  )
}

function Own({ map }: { readonly map: PieceMap }): JSX.Element {
  const cells = useMemo(() => readMap(map), [map])
  const look = useMemo(() => (cell: number) => cellLook(cells, cell), [cells])
  const below = useSignal<number | undefined>(undefined)
  const summary = summaryOf(cells, map.piece_length)
  return (
    <>
      <p class="pieces-summary">{summary}</p>
      <PieceCanvas
        label={`${text.pieceMap}: ${summary}`}
        count={cells.have.length}
        look={look}
        height={OWN_HEIGHT}
        onCell={(cell) => {
          below.value = cell
        }}
      />
      <div class="legend small quiet">
        <ul aria-label={text.legend}>
          {LEGEND.map(([kind, label]) => (
            <li key={kind}>
              <span class={`swatch ${kind}`} />
              {label}
            </li>
          ))}
        </ul>
        <span class="of-cell number" aria-hidden="true">
          {below.value === undefined ? '' : cellWords(cells, below.value)}
        </span>
      </div>
    </>
  )
}

function printCount({ count, isExact }: Counted): string {
  const number = words.number(count)
  return isExact ? number : text.about(number)
}

function summaryOf(cells: PieceCells, pieceLength: number): string {
  const have = text.pieceSummary(printCount(countPieces(cells.have, cells.pieces)), words.number(cells.pieces))
  const least = rarest(cells)
  return `${have}, ${text.pieceSizes(printPieceLength(pieceLength))}; ${least === undefined ? text.allHere : text.rarest(least)}.`
}

function cellWords(cells: PieceCells, cell: number): string {
  const [first, last] = piecesOfCell(cell, cells.pieces)
  const numbers = text.pieceNumbers(words.number(first), words.number(last))
  const { kind, strength } = cellLook(cells, cell)
  const isPartly = kind === 'here' && strength < 1
  const says = {
    here: isPartly ? text.cellPartly(printPercent(strength)) : text.cellHere,
    active: text.cellActive,
    missing: text.cellWith(cells.availability[cell] ?? 0),
    nobody: text.cellWith(0),
  }
  return `${numbers}: ${says[kind]}`
}

function PeerChoice({
  peers,
  peer,
  onPeer,
}: Omit<PiecesTabProps, 'details'> & { readonly peers: readonly PeerDetail[] }): JSX.Element {
  return (
    <div class="peer-choice">
      <Field label={text.whoHas}>
        {(ids) => (
          <select
            {...ids}
            class="input"
            value={peer ?? ''}
            onChange={(event) => onPeer(event.currentTarget.value || undefined)}
          >
            <option value="">{text.nobodyChosen}</option>
            {peer !== undefined && peers.every(({ address }) => address !== peer) && (
              <option value={peer}>{peer}</option>
            )}
            {peers.map(({ address, client, progress }) => (
              <option key={address} value={address}>
                {`${address} · ${printable(client)} · ${printPercent(progress)}`}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  )
}

function OfPeer({ map, peer }: { readonly map: PieceMap; readonly peer: string }): JSX.Element {
  const shares = useMemo(() => readMap(map).peer, [map])
  const look = useMemo(
    () =>
      (cell: number): CellLook => {
        const share = (shares[cell] ?? 0) / 255
        return share === 0 ? { kind: 'missing', strength: 0 } : { kind: 'here', strength: share }
      },
    [shares],
  )
  const have = printCount(countPieces(shares, map.pieces))
  const summary = text.peerSummary(peer, have, words.number(map.pieces))
  return (
    <>
      <p class="pieces-summary">{summary}</p>
      <PieceCanvas label={`${text.peerMap(peer)}: ${summary}`} count={shares.length} look={look} height={PEER_HEIGHT} />
    </>
  )
}
