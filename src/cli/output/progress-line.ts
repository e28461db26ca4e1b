// One torrent's progress in one line: a bar for terminals, a sentence for log files. Pure: progress and width in, text out.
import { printDuration } from '../durations.ts'
import { printRate, printSize } from '../../core/sizes.ts'
import type { ProgressEvent, ServingEvent } from './events.ts'
import { printable } from '../../core/printable.ts'
import { cutToWidth, fitToWidth, textWidth } from './text.ts'

export interface LineStyle {
  readonly columns: number
  readonly hasColour: boolean
  /** Else only ASCII is drawn; names are printed as they are. */
  readonly hasUnicode: boolean
}

const MAX_NAME_COLUMNS = 24
const MIN_NAME_COLUMNS = 8
const MIN_BAR_COLUMNS = 10
const MAX_BAR_COLUMNS = 40

/** Never wider than `columns - 1`: in the last column some terminals wrap. */
export function progressLine(progress: ProgressEvent, style: LineStyle, nameColumns = 0): string {
  const room = style.columns - 1
  const name = printable(progress.name)
  if (progress.state === 'metadata') return cutToWidth(`${name}  ${metadataWords(progress)}`, room)

  const percent = printPercent(fractionOf(progress)).padStart(6)
  const details = detailsOf(progress, style)
  let nameRoom = Math.max(nameColumns, Math.min(textWidth(name), MAX_NAME_COLUMNS))
  const used = (): number => nameRoom + 1 + percent.length + details.reduce((sum, detail) => sum + 2 + detail.length, 0)
  while (details.length > 1 && used() + 1 + MIN_BAR_COLUMNS > room) details.pop()
  const shortage = Math.max(0, used() - room)
  nameRoom = Math.max(Math.min(MIN_NAME_COLUMNS, nameRoom), nameRoom - shortage)

  const barRoom = Math.min(MAX_BAR_COLUMNS, room - used() - 1)
  const bar = barRoom >= MIN_BAR_COLUMNS ? ` ${drawBar(progress, barRoom, style)}` : ''
  const head = `${fitToWidth(name, nameRoom)} ${percent}`
  const tail = details.map((detail) => `  ${detail}`).join('')
  return bar === '' ? cutToWidth((head + tail).trimEnd(), room) : (head + bar + tail).trimEnd()
}

/** For output that is no terminal. */
export function progressSentence(progress: ProgressEvent): string {
  const name = printable(progress.name)
  if (progress.state === 'metadata') return `${name}: ${metadataWords(progress)}`
  const details = detailsOf(progress, { columns: 0, hasColour: false, hasUnicode: false })
  const words = [`${printPercent(fractionOf(progress))} of ${printSize(progress.total)}`, ...details]
  const plain = words.map((word) => word.replace(/ +/g, ' ').trim()).filter((word) => word !== '')
  return `${name}: ${plain.join(', ')}`
}

/** What a tracker has to do. */
export function servingLine({ torrents, peers, announces }: ServingEvent): string {
  return `${count(torrents, 'torrent')}, ${count(peers, 'peer')}, ${count(announces, 'announce')}`
}

/** Rounded down: 100% is said of what is complete only. */
export function printPercent(fraction: number): string {
  return fraction >= 1 ? '100%' : `${(Math.floor(fraction * 1000) / 10).toFixed(1)}%`
}

function fractionOf({ state, done, checked, total }: ProgressEvent): number {
  if (total === 0) return state === 'checking' || state === 'hashing' ? 0 : 1
  return Math.min(1, (state === 'checking' ? checked : done) / total)
}

function metadataWords({ peers }: ProgressEvent): string {
  return peers === 0 ? 'looking for peers...' : `asking ${count(peers, 'peer')} what the torrent contains...`
}

/** The most important first: what does not fit is left out from the end. Widths are steady, so that nothing dances. */
function detailsOf(progress: ProgressEvent, { hasUnicode }: LineStyle): string[] {
  const rate = (arrow: string, word: string, bytesPerSec: number): string =>
    `${hasUnicode ? arrow : word} ${printRate(bytesPerSec).padStart(9)}`
  const down = rate('↓', 'down', progress.downloadRate)
  const up = rate('↑', 'up', progress.uploadRate)
  const peers = count(progress.peers, 'peer').padEnd(8)
  const left = (progress.eta === null ? '' : `${printDuration(progress.eta * 1000)} left`).padEnd(11)
  switch (progress.state) {
    case 'downloading':
      return [down, left, up, peers]
    case 'seeding':
      return ['seeding'.padEnd(11), up, `ratio ${progress.ratio.toFixed(2)}`.padEnd(11), peers]
    case 'hashing':
    case 'checking':
      return [progress.state, left]
    default:
      return [progress.state]
  }
}

function drawBar(progress: ProgressEvent, columns: number, { hasColour, hasUnicode }: LineStyle): string {
  const fraction = fractionOf(progress)
  const halves = Math.floor(fraction * columns * 2)
  const full = Math.floor(halves / 2)
  const hasHalf = hasUnicode && halves % 2 === 1
  const filled = hasUnicode ? '━'.repeat(full) + (hasHalf ? '╸' : '') : '#'.repeat(full)
  const empty = (hasUnicode ? '─' : '-').repeat(columns - full - (hasHalf ? 1 : 0))
  if (!hasColour) return filled + empty
  return `\x1b[${fraction >= 1 ? 32 : 36}m${filled}\x1b[0m\x1b[2m${empty}\x1b[0m`
}

export function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`
}
