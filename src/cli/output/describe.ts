// Events as text for people. Progress is drawn elsewhere (progress-line.ts); errors are printed by main.ts.
import { commandName } from '../command-name.ts'
import { printDuration } from '../durations.ts'
import { printPieceLength, printSize } from '../../core/sizes.ts'
import type { CliEvent, CreatedEvent, DoneEvent, StoppedEvent, TrackerEvent, VerifiedEvent } from './events.ts'
import { count, printPercent } from './progress-line.ts'
import { printable } from '../../core/printable.ts'

/** Files that `verify` names; of more, only the number is told. */
const MAX_NAMED_FILES = 20

/** Lines to print; none for what people are shown otherwise. */
export function describe(event: CliEvent): readonly string[] {
  switch (event.event) {
    case 'listening':
      return [event.url === undefined ? `Listening on ${event.address}` : `Announce URL: ${event.url}`]
    case 'api':
      return [
        `API for programs: ${event.url}`,
        `The page:         ${new URL('/', event.url).href}  (opened by: ${commandName()} web)`,
      ]
    case 'created':
      return describeCreated(event)
    case 'metadata':
      return [`${printable(event.name)}: ${count(event.numFiles, 'file')}, ${printSize(event.totalSize)}`]
    case 'done':
      return [describeDone(event)]
    case 'tracker':
      return [describeTracker(event)]
    case 'listed':
      return [`Listed at ${printable(event.tracker)} as ${printable(event.name)}`]
    case 'verified':
      return describeVerified(event)
    case 'stopped':
      return [describeStopped(event)]
    case 'note':
      return event.message.split('\n').map((line) => printable(line))
    case 'progress':
    case 'seeding':
    case 'serving':
    case 'error':
      return []
  }
}

function describeDone({ name, total, downloaded, seconds }: DoneEvent): string {
  const what = `${printable(name)} (${printSize(total)})`
  if (downloaded === 0) return `Everything is there: ${what}`
  return `Complete after ${printDuration(seconds * 1000)}: ${what}, every piece verified`
}

function describeCreated(event: CreatedEvent): string[] {
  const files = `${count(event.numFiles, 'file')}, ${printSize(event.totalSize)}`
  const pieces = `${count(event.pieces, 'piece')} of ${printPieceLength(event.pieceLength)}`
  return [
    ...event.skipped.map((skipped) => `Left out: ${printable(skipped)}`),
    `${printable(event.name)}: ${files}, ${pieces}`,
    `Torrent file: ${printable(event.torrent)}`,
    `Magnet link:  ${event.magnet}`,
  ]
}

function describeTracker({ tracker, state, seeders, leechers, message }: TrackerEvent): string {
  const counts =
    seeders === null && leechers === null ? '' : ` (${seeders ?? '?'} seeding, ${leechers ?? '?'} downloading)`
  const words = message === null ? '' : `: ${printable(message)}`
  return state === 'working'
    ? `Tracker ${printable(tracker)} answers${counts}${words}`
    : `Tracker ${printable(tracker)} fails${words}`
}

function describeVerified({ name, pieces, piecesGood, files }: VerifiedEvent): string[] {
  if (piecesGood === pieces && files.length === 0) return [`All good: ${printable(name)}, ${count(pieces, 'piece')}`]
  const named = files.slice(0, MAX_NAMED_FILES).map((file) => {
    const path = printable(file.path)
    switch (file.problem) {
      case 'missing':
        return `Missing:    ${path}`
      case 'wrong-size':
        return `Wrong size: ${path} (${file.piecesGood} of ${count(file.pieces, 'piece')} good)`
      case 'bad':
        return `Bad data:   ${path} (${file.piecesGood} of ${count(file.pieces, 'piece')} good)`
    }
  })
  const rest = files.length - named.length
  return rest > 0 ? [...named, `... and ${count(rest, 'file')} more`] : named
}

function describeStopped({ reason, done, total, downloaded, uploaded }: StoppedEvent): string {
  const amounts = `downloaded ${printSize(downloaded)}, uploaded ${printSize(uploaded)}`
  switch (reason) {
    case 'done':
      return `Finished: ${amounts}`
    case 'ratio':
      return `Finished, the ratio is reached: ${amounts}`
    case 'time':
      return `Finished, the seeding time is over: ${amounts}`
    case 'interrupted':
      return `Stopped: ${amounts}${done < total ? `; ${printPercent(done / total)} is there` : ''}`
  }
}
