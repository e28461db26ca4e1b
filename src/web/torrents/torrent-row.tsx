// One torrent in the list. Reads its own signal, so that a change of one draws one.
import type { Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { printable } from '../../core/printable.ts'
import { printDuration, printPercent, printRate, printRatio, printSize } from '../format.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Name, Progress } from '../parts/small.tsx'
import type { Torrent } from '../state/torrents.ts'
import { words } from '../words/words.ts'
import { etaOf, isDone, progressOf, ratioOf } from './torrent-order.ts'

const text = words.torrents

export function stateWords(torrent: Torrent): string {
  if (torrent.is_undecided && torrent.state === 'stopped') return text.states.undecided
  if (torrent.state === 'stopped' && isDone(torrent)) return text.states.done
  return text.states[torrent.state]
}

const ICONS: Readonly<Record<Torrent['state'], IconName>> = {
  metadata: 'search',
  checking: 'shield',
  downloading: 'down',
  seeding: 'up',
  stopped: 'pause',
  queued: 'pause',
  failed: 'warning',
}

export function progressKind({ state }: Torrent, done: boolean): 'plain' | 'good' | 'bad' | 'still' {
  if (state === 'failed') return 'bad'
  if (done && state !== 'checking') return 'good'
  return state === 'stopped' || state === 'queued' ? 'still' : 'plain'
}

interface RowProps {
  readonly torrent: Signal<Torrent>
  readonly index: number
  readonly rowHeight: number
  readonly isChosen: boolean
  readonly isAt: boolean
  readonly onPress: (id: number, event: MouseEvent) => void
  readonly onOpen: (id: number) => void
  readonly onMenu: (id: number, event: MouseEvent) => void
}

export function TorrentRow(props: RowProps): JSX.Element {
  const {
    torrent: { value: torrent },
    index,
    rowHeight,
    isChosen,
    isAt,
    onPress,
    onOpen,
    onMenu,
  } = props
  const { id, name, state, error, warning } = torrent
  const done = isDone(torrent)
  const progress = progressOf(torrent)
  const problem = printable(error || warning) // trackers choose theirs
  const eta = etaOf(torrent)
  const says = problem !== '' && state !== 'downloading' && state !== 'seeding' ? problem : stateWords(torrent)
  return (
    <div
      class={`torrent-row ${isChosen ? 'chosen' : ''} ${isAt ? 'keyboard' : ''}`}
      id={`torrent-${id}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
      onClick={(event) => onPress(id, event)}
      onDblClick={() => onOpen(id)}
      onContextMenu={(event) => onMenu(id, event)}
    >
      <div role="gridcell" class="of-name">
        <span class={`state ${state}${problem === '' ? '' : ' problem'}`} title={problem || stateWords(torrent)}>
          <Icon name={problem === '' || state === 'failed' ? ICONS[state] : 'warning'} />
        </span>
        <span class="two-lines">
          <Name text={name} />
          <span class="under cut">
            <span class="says">{says}</span>
            {torrent.labels.map((label) => (
              <span key={label} class="label">
                <Name text={label} />
              </span>
            ))}
          </span>
        </span>
      </div>
      <div role="gridcell" class="of-size number">
        {torrent.total_bytes === 0 ? '' : printSize(torrent.total_bytes)}
      </div>
      <div role="gridcell" class="of-progress">
        <Progress value={progress} label={text.columns.progress} kind={progressKind(torrent, done)} />
        <span class="number">{printPercent(progress)}</span>
      </div>
      <div role="gridcell" class="of-down number">
        {torrent.rate_download > 0 ? printRate(torrent.rate_download) : ''}
      </div>
      <div role="gridcell" class="of-up number">
        {torrent.rate_upload > 0 ? printRate(torrent.rate_upload) : ''}
      </div>
      <div role="gridcell" class="of-eta number">
        {eta === undefined ? '' : printDuration(eta)}
      </div>
      <div role="gridcell" class="of-ratio number">
        {printRatio(ratioOf(torrent))}
      </div>
      <div role="gridcell" class="of-peers number">
        {torrent.peers_connected}
      </div>
    </div>
  )
}
