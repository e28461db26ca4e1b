// One line of the log: how bad, when, what, and a way to the torrent that it is about.
import type { JSX } from 'preact'
import type { LogRow } from '../../daemon/rpc/page-types.ts'
import { printDate, printTime } from '../format.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Name } from '../parts/small.tsx'
import { hrefTo } from '../state/route.ts'
import { words } from '../words/words.ts'
import { sentence } from './log-rows.ts'

const text = words.settings.log

export const LEVEL_ICONS: Readonly<Record<LogRow['level'], IconName>> = {
  info: 'info',
  warning: 'warning',
  error: 'warning',
}

interface LogLineProps {
  readonly row: LogRow
  readonly index: number
  readonly count: number
  readonly rowHeight: number
  readonly isWide: boolean
  readonly onOpen: (row: LogRow) => void
}

export function LogLine({ row, index, count, rowHeight, isWide, onOpen }: LogLineProps): JSX.Element {
  const { at, level, torrent } = row
  return (
    <div
      role="listitem"
      class={`log-line ${level}`}
      aria-posinset={index + 1}
      aria-setsize={count}
      style={{ height: `${rowHeight}px`, top: `${index * rowHeight}px` }}
    >
      <span class="level" title={text.levelNames[level]}>
        <Icon name={LEVEL_ICONS[level]} />
        <span class="for-readers">{text.levelNames[level]}</span>
      </span>
      <time class="quiet small number" dateTime={new Date(at * 1000).toISOString()} title={printDate(at)}>
        {shortTime(at)}
      </time>
      <button type="button" class="what" onClick={() => onOpen(row)}>
        <Name text={sentence(row)} isCut={isWide} />
      </button>
      {torrent !== null && (
        <a
          class="button icon bare"
          href={hrefTo('torrents', torrent)}
          aria-label={text.showTorrent}
          title={text.showTorrent}
        >
          <Icon name="torrents" />
        </a>
      )}
    </div>
  )
}

/** Of today the time is enough. */
function shortTime(at: number): string {
  const isToday = new Date(at * 1000).toDateString() === new Date().toDateString()
  return isToday ? printTime(at) : printDate(at)
}
