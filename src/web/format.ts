// Numbers as people read them.
import { printRate, printSize } from '../core/sizes.ts'
import { words } from './words/words.ts'

export { printRate, printSize }

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function printDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  const { seconds: second, minutes, hours, days } = words.units
  if (s < MINUTE) return second(s)
  if (s < 10 * MINUTE) return `${minutes(Math.floor(s / MINUTE))} ${second(s % MINUTE)}`
  if (s < HOUR) return minutes(Math.floor(s / MINUTE))
  if (s < DAY) return `${hours(Math.floor(s / HOUR))} ${minutes(Math.floor((s % HOUR) / MINUTE))}`
  return `${days(Math.floor(s / DAY))} ${hours(Math.floor((s % DAY) / HOUR))}`
}

/** Never 100 % before it is all there. */
export function printPercent(part: number): string {
  if (part >= 1) return '100 %'
  return `${(Math.floor(part * 1000) / 10).toFixed(1)} %`
}

export function printRatio(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(ratio < 10 ? 2 : 1) : '∞'
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

/** Of seconds since 1970. */
export function printDate(at: number): string {
  return DATE.format(at * 1000)
}

export function printTime(at: number): string {
  return TIME.format(at * 1000)
}
